"""The part of ./tessera run after the build: QEMU with the serial line on a terminal, on standard input, or driven by
--exec. Called by run.sh, which has checked the options."""
import argparse
import os
import signal
import subprocess
import sys
import tempfile
import termios
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..", "qemu"))
import machine as qemu  # noqa: E402
from machine import Config, Machine, MachineError  # noqa: E402
from pretend import memory_for, pretended_records  # noqa: E402

UNATTENDED_SECONDS = 120
TAIL_LINES = 25


def say(text):
    print(f"tessera: {text}", file=sys.stderr)


def parse():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("--image", "--planner", "--mem", "--machine", "--exec", "--map", "--map-name"):
        parser.add_argument(name)
    parser.add_argument("--timeout", type=float)
    parser.add_argument("--display", action="store_true")
    arguments = sys.argv[1:]
    extra = []
    if "--" in arguments:
        at = arguments.index("--")
        arguments, extra = arguments[:at], arguments[at + 1 :]
    options = parser.parse_args(arguments)
    options.extra = extra
    return options


def machine_config(options, folder):
    """ValueError, with a sentence, for what no machine can be."""
    records = memory = ""
    if options.map:
        records = os.path.join(folder, "e820")
        with open(records, "wb") as file:
            file.write(pretended_records(options.planner, options.map, options.map_name))
        memory = memory_for(records)
    memory = options.mem or memory or "128M"
    if not qemu.SIZE_UNITS["M"] <= qemu.size_bytes(memory) <= qemu.SIZE_UNITS["T"]:
        raise ValueError(f"--mem {memory}: a machine has from 1M to 1T")
    return Config(
        image=options.image,
        mem=memory,
        machine=options.machine or "pc",
        map_records=records,
        window=options.display,
        extra=options.extra,
    )


def at_terminal(config, seconds):
    """QEMU has the terminal to itself; Ctrl-C reaches it as a signal. Its settings are restored in any case."""
    config.reboot = True
    interrupted = []
    signal.signal(signal.SIGINT, lambda *_: interrupted.append(True))
    settings = termios.tcgetattr(sys.stdin)
    arguments = qemu.qemu_arguments(config) + ["-chardev", "stdio,id=serial0,signal=on", "-serial", "chardev:serial0"]
    process = subprocess.Popen(arguments, preexec_fn=qemu.die_with_parent)
    try:
        status = process.wait(seconds)
    except subprocess.TimeoutExpired:
        raise MachineError(f"the time was up after {seconds:g} s") from None
    finally:
        process.kill()
        process.wait()
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, settings)
    if interrupted:
        print(file=sys.stderr)
        sys.exit(130)
    return qemu.verdict_of(status)


class Clock:
    """What is left of the time for the whole run."""

    def __init__(self, seconds):
        self.end = time.monotonic() + seconds

    def left(self):
        return max(0.1, self.end - time.monotonic())


def print_now(text):
    print(text, end="", flush=True)


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
        return line.decode(errors="replace").rstrip("\r")


def from_input(config, seconds):
    """Each line of standard input is typed at a prompt; all output is printed as it comes. Unless a limit was asked
    for, waiting for input is not limited, but each answer of the kernel is."""
    config.reboot = True
    clock = Clock(seconds or UNATTENDED_SECONDS)
    lines = InputLines()
    with Machine(config, tee=print_now) as machine:
        command = ""
        while command != "halt":
            machine.wait_prompt(clock.left())
            command = lines.next(machine, clock.left() if seconds else None)
            command = "halt" if command is None else command.strip()
            clock = clock if seconds else Clock(UNATTENDED_SECONDS)
            machine.type(command + "\r")
        return machine.finish(clock.left())


def from_option(config, commands, seconds):
    """Types the commands of --exec and prints their output alone. (reason or None, log)."""
    clock = Clock(seconds or UNATTENDED_SECONDS)
    commands = [command for command in map(str.strip, commands.split(";")) if command]
    if commands and commands[-1] == "halt":
        commands.pop()
    with Machine(config) as machine:
        try:
            machine.wait_prompt(clock.left())
            for command in commands:
                print_now(machine.command(command, clock.left()))
            machine.type("halt\r")
            return machine.finish(clock.left()), machine.log
        except MachineError as error:
            return str(error), machine.log


def boot(options, config):
    """(None for success, else what happened as a sentence; the part of the log that was not shown yet)."""
    if options.exec is not None:
        return from_option(config, options.exec, options.timeout)
    try:
        if sys.stdin.isatty():
            return at_terminal(config, options.timeout), ""
        return from_input(config, options.timeout), ""
    except MachineError as error:
        return str(error), ""


def main():
    options = parse()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    signal.signal(signal.SIGHUP, lambda *_: sys.exit(129))
    with tempfile.TemporaryDirectory(prefix="tessera-") as folder:
        try:
            config = machine_config(options, folder)
        except ValueError as error:
            say(error)
            return 2
        reason, log = boot(options, config)
    if reason is None:
        return 0
    if log and reason != qemu.verdict_of(qemu.COMMAND_FAILED):
        print("\n".join(log.splitlines()[-TAIL_LINES:]), file=sys.stderr)
    say(reason)
    return 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
