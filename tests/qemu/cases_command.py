"""./tessera run from outside: what it prints and how it ends, whatever becomes of the machine."""
import contextlib
import fcntl
import os
import re
import signal
import pty
import subprocess
import sys
import termios
import time

from machine import Ended
from suite import expect

RUN_SECONDS = 60
HOLD_SECONDS = 6


def endings_image(context):
    """The boot sector that ends as it is told; see endings.asm."""
    image = context.folder / "an image, with a comma.img"
    source = context.top / "tests" / "qemu" / "endings.asm"
    subprocess.run(["nasm", "-f", "bin", "-o", str(image), str(source)], check=True)
    os.truncate(image, 1 << 20)
    return str(image)


def run_command(context, image, *options):
    script = context.top / "tests" / "tools" / "cli" / "run.py"
    return [sys.executable, str(script), "--image", image, "--planner", context.planner, *options]


def ends(commands, status, words="", extra=(), output=None):
    """--exec with `commands` ends with `status` and says `words`."""

    def case(context):
        command = run_command(context, endings_image(context), f"--exec={commands}", "--timeout=5", *extra)
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=RUN_SECONDS)
        expect(done.returncode == status, f"status {done.returncode} instead of {status}", done.stderr)
        expect(words in done.stderr, f"no word of '{words}'", done.stderr)
        expect(output is None or done.stdout == output, f"printed {done.stdout!r} instead of {output!r}")

    return case


def asked_after_its_end(context):
    """What asks a QEMU that has ended says so, whenever it asks; it may end before the first word."""
    with context.booted() as machine:
        machine.process.kill()
        machine.process.wait()
        try:
            answer = machine.monitor("info status")
        except Ended:
            return
        expect(False, f"a dead QEMU answers {answer!r}")


def shipped_image(context):
    """The real image: outputs alone, without colours, then success."""
    command = run_command(context, context.image, "--exec=version; heap")
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=RUN_SECONDS)
    expect(done.returncode == 0, f"status {done.returncode}", done.stderr)
    expect(done.stdout.startswith("Tessera "), f"printed {done.stdout!r}")
    expect("tessera>" not in done.stdout, f"a prompt in {done.stdout!r}")
    expect("\x1b" not in done.stdout and re.search(r"^  \|[ .:=+*#%@-]+\|$", done.stdout, re.M), f"no picture in {done.stdout!r}")


def shipped_image_command_fails(context):
    """A command that fails makes the run fail; the others are still carried out."""
    command = run_command(context, context.image, "--exec=no-such-command; version")
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=RUN_SECONDS)
    expect(done.returncode == 1, f"status {done.returncode}", done.stderr)
    expect("error: " in done.stdout and "Tessera " in done.stdout, f"printed {done.stdout!r}")
    expect("a command failed" in done.stderr, "doesn't say that a command failed", done.stderr)


def lines_from_input(context):
    """Lines of standard input are typed one by one; its end halts."""
    done = subprocess.run(
        run_command(context, endings_image(context)),
        input="x\ny",
        capture_output=True,
        text=True,
        timeout=RUN_SECONDS,
    )
    expect(done.returncode == 0, f"status {done.returncode}", done.stderr)
    wanted = "tessera: ready\ntessera> x\ntessera> y\ntessera> halt\n"
    expect(done.stdout == wanted, f"printed {done.stdout!r}")


def commands_in_a_row(context):
    """--exec separates commands at new lines as at semicolons."""
    command = run_command(context, endings_image(context), "--exec=x\n\nerror\n; x")
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=RUN_SECONDS)
    expect(done.stdout == "error: no\n" and done.returncode == 1, f"printed {done.stdout!r}", done.stderr)


PLANS = 150  # their output fills every pipe in between many times over


def count_plans(text):
    found = text.replace("\r\n", "\n").count("\ntessera: plan {")
    expect(found == PLANS + 1, f"{found} plans instead of {PLANS + 1}", text)


def held_up_line(context):
    """The kernel waits for a serial line that nobody reads for a while, and loses nothing."""
    with context.booted() as machine:
        machine.type("plan\r" * PLANS)
        time.sleep(HOLD_SECONDS)
        machine.type("halt\r")
        expect(machine.finish(RUN_SECONDS) is None, "no success", machine.log)
        count_plans(machine.log)


@contextlib.contextmanager
def running(command, **settings):
    """A process that does not outlive a case that fails."""
    process = subprocess.Popen(command, **settings)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def machines_of(process):
    """The QEMUs that this process runs."""
    with open(f"/proc/{process.pid}/task/{process.pid}/children") as file:
        return file.read().split()


def slow_reader(context):
    """./tessera run takes in all output at once, whoever reads it, and however late: the machine has ended and nothing is
    lost when the reading begins."""
    command = run_command(context, context.image, f"--timeout={RUN_SECONDS}")
    with running(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdin.write(b"plan\n" * PLANS)
        process.stdin.close()
        end = time.monotonic() + RUN_SECONDS
        while not machines_of(process) and time.monotonic() < end:
            time.sleep(0.1)
        while machines_of(process) and time.monotonic() < end:
            time.sleep(0.1)
        expect(not machines_of(process), "the machine waits for the reader")
        count_plans(process.stdout.read().decode())
        expect(process.wait(RUN_SECONDS) == 0, f"status {process.returncode}")


def reader_goes_away(context):
    """Nobody reads on: a quiet end, even while the next line of input is waited for."""
    reading, writing = os.pipe()
    command = run_command(context, endings_image(context))
    with running(command, stdin=subprocess.PIPE, stdout=writing, stderr=subprocess.PIPE) as process:
        os.close(writing)
        os.read(reading, 1)
        os.close(reading)
        process.stdin.write(b"x\n")
        process.stdin.flush()
        process.wait(RUN_SECONDS)
        words = process.stderr.read().decode()
        expect(process.returncode == 141 and not words, f"status {process.returncode}", words)


def full_disk(context):
    """Output that cannot be written is no success, and says so."""
    command = run_command(context, endings_image(context), "--exec=error")
    with open("/dev/full", "wb") as full:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=full, stderr=subprocess.PIPE, text=True)
    expect(done.returncode == 1 and "cannot write the output: No space" in done.stderr, "no complaint", done.stderr)


def own_terminal():
    """In the child: the terminal on standard input is its controlling one."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def own_terminal_in_background():
    """The same, as a shell begins a job in the background: with the signal of Ctrl-C ignored."""
    own_terminal()
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def at_a_terminal(keys, status, shipped=False, child=own_terminal):
    """Keys reach the guest; the terminal is afterwards as it was."""

    def case(context):
        image = context.image if shipped else endings_image(context)
        ours, theirs = pty.openpty()
        before = termios.tcgetattr(theirs)
        command = run_command(context, image, f"--timeout={RUN_SECONDS}")
        streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
        with running(command, **streams, start_new_session=True, preexec_fn=child) as process:
            shown = b""
            while b"tessera> " not in shown:
                shown += os.read(ours, 4096)
            raw = termios.tcgetattr(theirs)
            expect(raw != before, "the terminal is not raw while the machine runs")
            expect(raw[6][termios.VSUSP] == raw[6][termios.VQUIT] == b"\0", "Ctrl-Z or Ctrl-\\ is kept from the kernel")
            os.write(ours, keys)
            process.wait(RUN_SECONDS)
        after = termios.tcgetattr(theirs)
        os.close(ours)
        os.close(theirs)
        expect(process.returncode == status, f"status {process.returncode} instead of {status}")
        expect(after == before, "the terminal's settings are not what they were")

    return case


def colours(terminal, **more):
    """The heap is drawn in colours where they are seen."""

    def case(context):
        ours, theirs = pty.openpty()
        command = run_command(context, context.image, "--exec=heap")
        streams = {"stdin": subprocess.DEVNULL, "stdout": theirs, "env": {**os.environ, "TERM": terminal, **more}}
        with running(command, **streams) as process:
            shown = b""
            while b"' ' has no blocks in use" not in shown:
                shown += os.read(ours, 4096)
            expect(process.wait(RUN_SECONDS) == 0, f"status {process.returncode}")
        os.close(ours)
        os.close(theirs)
        expect((b"\x1b[32m" in shown) == (terminal == "xterm" and not more), f"printed {shown!r}")

    return case


def slow_terminal(context):
    """Keys typed ahead, and output that is not read for longer than any buffer lasts: nothing is lost."""
    ours, theirs = pty.openpty()
    command = run_command(context, context.image, f"--timeout={RUN_SECONDS}")
    streams = {"stdin": theirs, "stdout": subprocess.PIPE}
    with running(command, **streams, start_new_session=True, preexec_fn=own_terminal) as process:
        shown = b""
        while b"\ntessera> " not in shown:
            shown += os.read(process.stdout.fileno(), 4096)
        os.write(ours, b"plan\r" * PLANS + b"halt\r")
        time.sleep(HOLD_SECONDS)
        count_plans((shown + process.stdout.read()).decode())
        expect(process.wait(RUN_SECONDS) == 0, f"status {process.returncode}")
    os.close(ours)
    os.close(theirs)


CASES = [
    ("run: shipped image", shipped_image),
    ("run: a command that fails", shipped_image_command_fails),
    ("run: success", ends("x; y", 0, output="")),
    ("run: error word", ends("error; x", 1, "a command failed", output="error: no\n")),
    ("run: failure", ends("fail", 1, "stopped with a failure")),
    ("run: reset", ends("reset", 1, "was reset")),
    ("run: triple fault", ends("triple", 1, "was reset")),
    ("run: power-off", ends("power", 1, "powered off")),
    ("run: power-off, q35", ends("power", 1, "powered off", ["--machine=q35"])),
    ("run: halted before the last command", ends("halt; x", 1, "halted early")),
    ("run: time-out", ends("silence", 1, "the time was up")),
    ("run: QEMU refuses to start", ends("x", 1, "QEMU failed", ["--", "-no-such-option"])),
    ("machine: asked after its end", asked_after_its_end),
    ("run: unreadable map", ends("x", 2, "no-such-file", ["--map=no-such-file"])),
    ("run: lines from input", lines_from_input),
    ("run: commands on lines of their own", commands_in_a_row),
    ("run: held-up serial line", held_up_line),
    ("run: slow reader", slow_reader),
    ("run: reader that goes away", reader_goes_away),
    ("run: full disk", full_disk),
    ("run: slow terminal", slow_terminal),
    ("run: colours", colours("xterm")),
    ("run: no colours, dumb terminal", colours("dumb")),
    ("run: no colours, not wanted", colours("xterm", NO_COLOR="1")),
    ("run: terminal, other keys of signals", at_a_terminal(b"\x1a\x1chalt\r", 0, shipped=True)),
    ("run: terminal, halt", at_a_terminal(b"halt\r", 0)),
    ("run: terminal, Ctrl-C", at_a_terminal(b"\x03", 130)),
    ("run: terminal, Ctrl-C, as a job in the background", at_a_terminal(b"\x03", 130, child=own_terminal_in_background)),
]
