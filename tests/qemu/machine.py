"""One QEMU with Tessera in it: its command line, its serial line, its monitor, and how it ended.

Only the value that the guest itself writes to the exit device is success. QEMU turns value V into status 2 * V + 1.
"""
import contextlib
import ctypes
import json
import os
import re
import select
import signal
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass, field

PROMPT = "tessera> "
SUCCESS, FAILURE, COMMAND_FAILED = 33, 35, 37
SIZE_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


class MachineError(Exception):
    """What went wrong, as a sentence. `log` is what the guest had printed."""

    def __init__(self, reason, log=""):
        super().__init__(reason)
        self.log = log


class Ended(MachineError):
    """QEMU ended while more was expected of it."""


class TimedOut(MachineError):
    """The time was up."""


def size_bytes(text):
    """ "128M" -> 134217728. ValueError when it is no size."""
    match = re.fullmatch(r"([0-9]+)([KMGT]?)", text.upper())
    if not match:
        raise ValueError(f"'{text}' is not a size")
    return int(match[1]) * SIZE_UNITS[match[2]]


@dataclass
class Config:
    """What kind of machine. `extra` goes to QEMU as it is; `fill` is a file that memory starts as."""

    image: str = ""
    mem: str = "128M"
    machine: str = "pc"
    cpu: str = ""
    map_records: str = ""
    fill: str = ""
    reboot: bool = False
    exit_device: bool = True
    window: bool = False
    extra: list = field(default_factory=list)


def default_cpu(memory_bytes):
    """TCG's richest processor has 40 address bits. Memory of 512 GiB or more needs more: QEMU moves what would reach
    the 12 GiB that it reserves below 1 TiB to the other side of it."""
    return "max,phys-bits=42" if memory_bytes > SIZE_UNITS["G"] * 512 else "max"


def qemu_arguments(config):
    """The command line, without serial line and monitor."""

    def quoted(path):
        return os.fspath(path).replace(",", ",,")

    memory = size_bytes(config.mem)
    backend = f"memory-backend-ram,id=ram,size={memory},reserve=off"
    if config.fill:
        backend = f"memory-backend-file,id=ram,size={memory},mem-path={quoted(config.fill)},share=off"
    arguments = ["qemu-system-x86_64", "-nodefaults", "-vga", "std"]
    arguments += ["-machine", f"{config.machine},accel=tcg,memory-backend=ram"]
    arguments += ["-cpu", config.cpu or default_cpu(memory)]
    arguments += ["-m", f"{memory // 1024}k", "-object", backend]
    if config.exit_device:
        arguments += ["-device", "isa-debug-exit,iobase=0xf4,iosize=0x04"]
    if config.image:  # snapshot: several machines may run from one image
        arguments += ["-drive", f"file={quoted(config.image)},format=raw,if=ide,snapshot=on"]
    if config.map_records:
        arguments += ["-fw_cfg", f"name=opt/tessera/e820,file={quoted(config.map_records)}"]
    if not config.reboot:
        arguments += ["-no-reboot"]
    if not config.window:
        arguments += ["-display", "none"]
    return arguments + list(config.extra)


def die_with_parent():
    """Run in the child: no QEMU outlives a killed test. prctl(PR_SET_PDEATHSIG, SIGKILL)."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def verdict_of(status, events=()):
    """QEMU's status, and the reasons in its SHUTDOWN events -> None for success, else what happened, as a sentence."""
    if status == SUCCESS:
        return None
    if status == FAILURE:
        return "the kernel stopped with a failure"
    if status == COMMAND_FAILED:
        return "a command failed"
    if status < 0:
        return f"QEMU was ended by signal {-status}"
    if "guest-reset" in events:
        return "the machine was reset (a reboot or a triple fault)"
    if "guest-shutdown" in events:
        return "the machine was powered off"
    if status == 0:
        return "QEMU ended without a word from the kernel"
    if status % 2 == 1 and status > 1:
        return f"the guest ended with the unknown value {status // 2:#x}"
    return f"QEMU failed with status {status}"


class Machine:
    """A running QEMU. Use as a context manager: leaving it ends QEMU.

    wait, command and finish raise Ended at once when QEMU ends, and TimedOut; both carry the log."""

    def __init__(self, config, tee=None, serial=True, errors=None):
        """`tee` is called with each piece of text as it comes, and must not block. Without `serial`, config.extra arranges
        that line. `errors` is the file for QEMU's own words; without it they become part of the reason."""
        self.config = config
        self.tee = tee
        self.serial = serial
        self.errors = errors
        self.log = ""
        self.events = []
        self._mark = 0
        self._serial_rest = b""
        self._unsent = b""

    def __enter__(self):
        # The serial line is two pipes: they hold all of a boot's output, however late this side reads it.
        guest_in, self._keyboard = os.pipe()
        os.set_blocking(self._keyboard, False)
        self._serial, guest_out = os.pipe()
        self._monitor, monitor = socket.socketpair()
        self._monitor_rest = b""
        self._replies = []
        self._errors = None if self.errors else tempfile.TemporaryFile()
        arguments = qemu_arguments(self.config)
        arguments += ["-chardev", f"socket,id=qmp0,fd={monitor.fileno()}", "-mon", "chardev=qmp0,mode=control"]
        if self.serial:
            arguments += ["-chardev", "stdio,id=serial0,signal=off", "-serial", "chardev:serial0"]
        self.process = subprocess.Popen(
            arguments,
            stdin=guest_in,
            stdout=guest_out,
            stderr=self.errors or self._errors,
            pass_fds=[monitor.fileno()],
            preexec_fn=die_with_parent,
            start_new_session=True,  # Ctrl-C is for the caller
        )
        monitor.close()
        os.close(guest_in)
        os.close(guest_out)
        self._send("qmp_capabilities")
        return self

    def __exit__(self, *exception):
        self.process.kill()
        self.process.wait()
        self._monitor.close()
        if self._errors:
            self._errors.close()
        os.close(self._serial)
        os.close(self._keyboard)

    # --- the serial line ---

    def wait(self, text, seconds):
        """What the guest prints up to and including `text`, from where the last wait stopped."""
        complaint = f"'{text.strip()}' did not come"
        end = self._until(lambda: self.log.find(text, self._mark), seconds, complaint) + len(text)
        passed = self.log[self._mark : end]
        self._mark = end
        return passed

    def wait_prompt(self, seconds):
        """What stands before the next prompt at the start of a line."""
        return self.wait("\n" + PROMPT, seconds)[: -len(PROMPT)]

    def type(self, text):
        """Sends `text` as typed; "\\r" is the Enter key."""
        self.send(text.encode())

    def send(self, keys):
        """The same for bytes. What the machine does not take yet is sent while something is waited for."""
        self._unsent += keys
        try:
            self._send_keys()
        except BrokenPipeError:
            raise Ended(self.finish(10) or "QEMU ended", self.log) from None

    def _send_keys(self):
        try:
            self._unsent = self._unsent[os.write(self._keyboard, self._unsent) :]
        except BlockingIOError:
            pass

    def forget(self):
        """Drops the log: for sessions without end."""
        self.log = ""
        self._mark = 0

    def command(self, line, seconds):
        """Types `line` at a prompt that has been waited for; its output, without echo and prompt."""
        self.type(line + "\r")
        output = self.wait_prompt(seconds)
        return output.partition("\n")[2]

    def wait_readable(self, descriptor, seconds=None):
        """Until `descriptor` can be read; the serial line is attended to meanwhile."""
        ready = []

        def look():
            ready[:] = select.select([descriptor], [], [], 0)[0]
            return 0 if ready else -1

        self._until(look, seconds, "no input came", [descriptor])

    def _until(self, look, seconds, complaint, others=()):
        deadline = None if seconds is None else time.monotonic() + seconds
        while True:
            found = look()
            if found >= 0:
                return found
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise TimedOut(f"the time was up: {complaint} within {seconds:.3g} s", self.log)
            if not self._pump(left, others) and look() < 0:
                raise Ended(self.finish(10) or "the kernel halted early", self.log)

    def _pump(self, seconds, others=()):
        """Takes in what the guest or the monitor says, waiting at most `seconds`. False when QEMU has ended."""
        typing = [self._keyboard] if self._unsent else []
        ready, takes_keys, _ = select.select([self._serial, self._monitor, *others], typing, [], seconds)
        if takes_keys:
            try:
                self._send_keys()
            except BrokenPipeError:  # the other lines tell how it ended
                self._unsent = b""
        for source in (self._serial, self._monitor):
            if source in ready and not self._take(source):
                self._drain()
                return False
        return True

    def _take(self, source):
        """What can be read from either line. False at its end."""
        if source is self._monitor:
            try:
                data = source.recv(65536)
            except ConnectionError:
                data = b""
            self._take_monitor(data)
        else:
            data = os.read(source, 65536)
            self._take_serial(data)
        return bool(data)

    def _drain(self):
        """After one line has ended: what the other still holds, up to its own end."""
        for source in (self._serial, self._monitor):
            while self._take(source):
                pass

    def _take_serial(self, data):
        data = self._serial_rest + data
        self._serial_rest = b""
        if data.endswith(b"\r"):  # whether a newline follows shows with the next piece
            data, self._serial_rest = data[:-1], b"\r"
        text = data.decode("ascii", "replace").replace("\r\n", "\n")
        self.log += text
        if self.tee and text:
            self.tee(text)

    # --- the monitor ---

    def _send(self, execute, **arguments):
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it has ended: who waits sees that
            self._monitor.sendall(json.dumps({"execute": execute, "arguments": arguments}).encode())

    def _take_monitor(self, data):
        lines = (self._monitor_rest + data).split(b"\n")
        self._monitor_rest = lines.pop()
        for message in map(json.loads, filter(None, map(bytes.strip, lines))):
            if message.get("event") == "SHUTDOWN":
                self.events.append(message["data"]["reason"])
            elif "return" in message or "error" in message:
                self._replies.append(message)

    def monitor(self, line, seconds=10):
        """A command of QEMU's own monitor ("system_reset", "pmemsave ..."); its answer."""
        self._until(lambda: len(self._replies) - 1, seconds, "QEMU's monitor did not answer")
        before = len(self._replies)
        self._send("human-monitor-command", **{"command-line": line})
        self._until(lambda: len(self._replies) - 1 - before, seconds, "QEMU's monitor did not answer")
        answer = self._replies[before]
        if "error" in answer:
            raise MachineError(f"monitor command '{line}': {answer['error']['desc']}", self.log)
        return answer["return"]

    # --- the end ---

    def finish(self, seconds):
        """Waits until QEMU has ended. None for success, else what happened, as a sentence."""
        deadline = time.monotonic() + seconds
        while self._pump(max(0.0, deadline - time.monotonic())):
            if time.monotonic() >= deadline:
                raise TimedOut(f"the time was up: the machine did not stop within {seconds:.3g} s", self.log)
        status = self.process.wait(10)
        reason = verdict_of(status, self.events)
        if reason and status == 1 and self._errors:
            self._errors.seek(0)
            words = self._errors.read().decode(errors="replace").strip()
            reason = f"QEMU failed: {words}" if words else reason
        return reason


def run_once(config, seconds):
    """Runs a machine to its end without typing anything: (reason or None, log)."""
    with Machine(config) as machine:
        try:
            return machine.finish(seconds), machine.log
        except TimedOut as late:
            return str(late), machine.log
