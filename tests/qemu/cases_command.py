"""./tessera run from outside: what it prints and how it ends, whatever becomes of the machine."""
import fcntl
import os
import pty
import subprocess
import sys
import termios

from suite import expect

RUN_SECONDS = 60


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


def shipped_image(context):
    """The real image: outputs alone, then success."""
    command = run_command(context, context.image, "--exec=version; heap")
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=RUN_SECONDS)
    expect(done.returncode == 0, f"status {done.returncode}", done.stderr)
    expect(done.stdout.startswith("Tessera "), f"printed {done.stdout!r}")
    expect("tessera>" not in done.stdout, f"a prompt in {done.stdout!r}")


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


def at_a_terminal(keys, status):
    """Keys reach the guest; the terminal is afterwards as it was."""

    def case(context):
        ours, theirs = pty.openpty()
        before = termios.tcgetattr(theirs)
        process = subprocess.Popen(
            run_command(context, endings_image(context), f"--timeout={RUN_SECONDS}"),
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        shown = b""
        while b"tessera> " not in shown:
            shown += os.read(ours, 4096)
        expect(termios.tcgetattr(theirs) != before, "the terminal is not raw while the machine runs")
        os.write(ours, keys)
        process.wait(RUN_SECONDS)
        after = termios.tcgetattr(theirs)
        os.close(ours)
        os.close(theirs)
        expect(process.returncode == status, f"status {process.returncode} instead of {status}")
        expect(after == before, "the terminal's settings are not what they were")

    return case


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
    ("run: unreadable map", ends("x", 2, "no-such-file", ["--map=no-such-file"])),
    ("run: lines from input", lines_from_input),
    ("run: terminal, halt", at_a_terminal(b"halt\r", 0)),
    ("run: terminal, Ctrl-C", at_a_terminal(b"\x03", 130)),
]
