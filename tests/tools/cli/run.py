"""The part of ./tessera run after the build: QEMU with the serial line on a terminal, on standard input, or driven by
--exec. Called by run.sh, which has checked the options."""
import os
import re
import signal
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from settings import machine_config, parse, say  # noqa: E402
from streams import Output, OutputError, RawTerminal  # noqa: E402
import machine as qemu  # noqa: E402
from machine import Ended, Machine, MachineError, TimedOut  # noqa: E402

UNATTENDED_SECONDS = 120
END_SECONDS = 10
TAIL_LINES = 25


class Clock:
    """What is left of the time for the whole run."""

    def __init__(self, seconds):
        self.end = time.monotonic() + seconds

    def left(self):
        return max(0.1, self.end - time.monotonic())


def at_terminal(config, seconds, output):
    """Every key goes to the machine but Ctrl-C, which is a KeyboardInterrupt here, even where whoever started this ignores it
    (as a shell makes its jobs in the background)."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    config.reboot = True
    clock = Clock(seconds) if seconds else None
    with RawTerminal(), Machine(config, tee=output.put, errors=sys.stderr) as machine:
        try:
            while True:
                machine.wait_readable(sys.stdin.fileno(), clock and clock.left())
                keys = os.read(sys.stdin.fileno(), 4096)
                if not keys:
                    raise MachineError("the terminal is gone")
                machine.send(keys)
                machine.forget()
        except Ended:
            return machine.finish(END_SECONDS)
        except TimedOut:
            raise MachineError(f"the time was up after {seconds:g} s") from None
        except OSError:
            raise MachineError("the terminal is gone") from None


class InputLines:
    """Standard input line by line, while the machine is attended to."""

    def __init__(self):
        self.pending = b""

    def next(self, machine, seconds):
        """The next line; None at the end of the input."""
        while b"\n" not in self.pending:
            machine.wait_readable(sys.stdin.fileno(), seconds)
            data = os.read(sys.stdin.fileno(), 65536)
            if not data:
                break
            self.pending += data
        if not self.pending:
            return None
        line, _, self.pending = self.pending.partition(b"\n")
        return line.strip()


def from_input(config, seconds, output):
    """Each line of standard input is typed at a prompt; all output is printed as it comes. Unless a limit was asked
    for, waiting for input is not limited, but each answer of the kernel is."""
    config.reboot = True
    clock = Clock(seconds or UNATTENDED_SECONDS)
    lines = InputLines()
    with Machine(config, tee=output.put) as machine:
        command = b""
        while command != b"halt":
            machine.wait_prompt(clock.left())
            command = lines.next(machine, clock.left() if seconds else None)
            command = b"halt" if command is None else command
            clock = clock if seconds else Clock(UNATTENDED_SECONDS)
            machine.send(command + b"\r")
        return machine.finish(clock.left())


def from_option(config, commands, seconds, output):
    """Types the commands of --exec and prints their output alone. (reason or None, log)."""
    clock = Clock(seconds or UNATTENDED_SECONDS)
    commands = [command for command in map(str.strip, re.split("[;\n]", commands)) if command]
    if commands and commands[-1] == "halt":
        commands.pop()
    with Machine(config) as machine:
        try:
            machine.wait_prompt(clock.left())
            for command in commands:
                output.put(machine.command(command, clock.left()))
            machine.type("halt\r")
            return machine.finish(clock.left()), machine.log
        except MachineError as error:
            return str(error), machine.log


def boot(options, config, output):
    """(None for success, else what happened as a sentence; the part of the log that was not shown yet)."""
    seconds = float(options.timeout) if options.timeout else None
    if options.exec is not None:
        return from_option(config, options.exec, seconds, output)
    attended = at_terminal if sys.stdin.isatty() else from_input
    try:
        return attended(config, seconds, output), ""
    except MachineError as error:
        return str(error), ""


def run(options):
    with tempfile.TemporaryDirectory(prefix="tessera-") as folder:
        try:
            config = machine_config(options, folder)
        except ValueError as error:
            say(error)
            return 2
        output = Output()
        reason, log = boot(options, config, output)
    output.close()
    if reason is None:
        return 0
    if log and reason != qemu.verdict_of(qemu.COMMAND_FAILED):
        print("\n".join(log.splitlines()[-TAIL_LINES:]), file=sys.stderr)
    say(reason)
    return 1


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    try:
        return run(parse("--exec", "--timeout"))
    except OutputError as gone:
        if isinstance(gone.error, BrokenPipeError):
            return 141
        say(gone)
        return 1
    except KeyboardInterrupt:
        if sys.stdin.isatty():
            print(file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
