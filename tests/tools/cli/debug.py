"""The part of ./tessera debug after the build: QEMU stopped at its first instruction, and gdb on it. Called by
debug.sh, which has checked the options."""
import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "qemu"))
from machine import Config, die_with_parent, qemu_arguments  # noqa: E402

START_SECONDS = 20


def parse():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("--image", "--symbols", "--mem", "--machine", "--batch"):
        parser.add_argument(name)
    arguments, extra = sys.argv[1:], []
    if "--" in arguments:
        at = arguments.index("--")
        arguments, extra = arguments[:at], arguments[at + 1 :]
    options = parser.parse_args(arguments)
    options.extra = extra
    return options


def start_qemu(options, folder):
    """QEMU, waiting for gdb on a socket in `folder`; what the guest prints goes to a file there."""
    config = Config(
        image=options.image, mem=options.mem or "128M", machine=options.machine or "pc", extra=options.extra
    )
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
            print("tessera: QEMU did not start", file=sys.stderr)
            sys.exit(1)
        time.sleep(0.02)
    return process


def default_interrupt():
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def main():
    options = parse()
    # A socket's path has at most 107 bytes, so the folder isn't looked for in $TMPDIR.
    with tempfile.TemporaryDirectory(prefix="tessera-", dir="/tmp") as folder:
        process = start_qemu(options, folder)
        command = ["gdb", "-q", "-nx", options.symbols, "-ex", f"target remote {folder}/gdb"]
        command += ["-x", os.path.join(HERE, "..", "tessera.gdb")]
        if options.batch is not None:
            command.insert(1, "-batch")
            for line in filter(None, map(str.strip, options.batch.split(";"))):
                command += ["-ex", line]
        environment = {**os.environ, "TESSERA_SERIAL": f"{folder}/serial"}
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
