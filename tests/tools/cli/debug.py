"""The part of ./tessera debug after the build: QEMU stopped at its first instruction, and gdb on it. Called by
debug.sh, which has checked the options."""
import os
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, HERE)
from settings import machine_config, parse, say  # noqa: E402
from machine import die_with_parent, qemu_arguments  # noqa: E402

START_SECONDS = 20


def start_qemu(config, folder):
    """QEMU, waiting for gdb on a socket in `folder`; what the guest prints goes to a file there."""
    arguments = qemu_arguments(config) + ["-S", "-serial", f"file:{folder}/serial"]
    arguments += ["-chardev", f"socket,id=gdb0,path={folder}/gdb,server=on,wait=off", "-gdb", "chardev:gdb0"]
    # A session of its own: Ctrl-C in gdb is for gdb.
    process = subprocess.Popen(
        arguments, stdin=subprocess.DEVNULL, preexec_fn=die_with_parent, start_new_session=True
    )
    end = time.monotonic() + START_SECONDS
    while not os.path.exists(f"{folder}/gdb"):
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            say("QEMU did not start")
            sys.exit(1)
        time.sleep(0.02)
    return process


def default_interrupt():
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def main():
    options = parse("--symbols", "--batch")
    # A socket's path has at most 107 bytes, so the folder isn't looked for in $TMPDIR.
    with tempfile.TemporaryDirectory(prefix="tessera-", dir="/tmp") as folder:
        try:
            config = machine_config(options, folder)
        except ValueError as error:
            say(error)
            return 2
        process = start_qemu(config, folder)
        symbols = os.path.join(os.path.dirname(options.symbols), "drills.elf") if options.drills else options.symbols
        command = ["gdb", "-q", "-nx", symbols, "-ex", f"target remote {folder}/gdb"]
        command += ["-x", os.path.join(HERE, "..", "tessera.gdb")]
        if options.batch is not None:
            command.insert(1, "-batch")
            for line in filter(None, map(str.strip, options.batch.split(";"))):
                command += ["-ex", line]
        # Without servers to ask, gdb does not ask whether it may.
        environment = {**os.environ, "TESSERA_SERIAL": f"{folder}/serial", "DEBUGINFOD_URLS": ""}
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            return subprocess.run(command, env=environment, preexec_fn=default_interrupt).returncode
        finally:
            process.kill()
            process.wait()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
