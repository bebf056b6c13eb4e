"""Runs the QEMU cases: every cases_*.py here has a list CASES of (name, function); a function takes a Context and
raises when something isn't as it must be.

usage: suite.py --image IMAGE --planner PLANNER [--filter TEXT] [--jobs N]
Prints "ok NAME", "figure NAME: what it measured" or "FAIL NAME: why" for each, then "N passed, N failed". Exit status: 0 all passed, 1 not all,
3 the filter fits no case."""
import argparse
import concurrent.futures
import contextlib
import importlib
import os
import pathlib
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
from machine import COMMAND_FAILED, Config, Machine, MachineError, verdict_of  # noqa: E402

BOOT_SECONDS = 60
COMMAND_SECONDS = 60
TAIL_LINES = 30


class Context:
    """What a case works with. `folder` is its own, and removed after it; `figure` is what it measured, in words."""

    def __init__(self, options, folder):
        self.image = options.image
        self.drills = str(pathlib.Path(options.image).with_name("drills.img"))
        self.planner = options.planner
        self.top = HERE.parent.parent
        self.folder = pathlib.Path(folder)
        self.figure = ""

    @contextlib.contextmanager
    def booted(self, seconds=BOOT_SECONDS, **config):
        """A machine at its first prompt; `machine.boot_log` is what came before it."""
        with Machine(Config(**{"image": self.image, **config})) as machine:
            machine.boot_log = machine.wait_prompt(seconds)
            expect("tessera: ready" in machine.boot_log.splitlines(), "no line 'tessera: ready'", machine.log)
            yield machine


def expect(condition, complaint, log=""):
    if not condition:
        raise MachineError(complaint, log)


def halt(machine, failed=False):
    """Ends the machine; only the guest's own success will do, or that a command has failed."""
    machine.type("halt\r")
    reason = machine.finish(COMMAND_SECONDS)
    expect(reason == (verdict_of(COMMAND_FAILED) if failed else None), f"halt: {reason}", machine.log)


def all_cases():
    for path in sorted(HERE.glob("cases_*.py")):
        yield from importlib.import_module(path.stem).CASES


def run_case(options, name, function):
    """(name, None or the complaint, the line that tells of success)"""
    begin = time.monotonic()
    complaint = None
    with tempfile.TemporaryDirectory(prefix="tessera-test-") as folder:
        context = Context(options, folder)
        try:
            function(context)
        except MachineError as error:
            tail = "\n".join("    " + line for line in error.log.splitlines()[-TAIL_LINES:])
            complaint = f"{error}" + (f"\n{tail}" if tail else "")
        except Exception:  # a mistake in the case must not end the others
            complaint = traceback.format_exc()
    seconds = time.monotonic() - begin
    return name, complaint, f"figure {name}: {context.figure}" if context.figure else f"ok {name} ({seconds:.1f} s)"


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--image", required=True)
    parser.add_argument("--planner", required=True)
    parser.add_argument("--filter", default="")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    cases = [(name, function) for name, function in all_cases() if options.filter in name]
    if not cases:
        return 3
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        waiting = [pool.submit(run_case, options, *case) for case in cases]
        for done in concurrent.futures.as_completed(waiting):
            name, complaint, success = done.result()
            failed += complaint is not None
            print(f"FAIL {name}: {complaint}" if complaint else success, flush=True)
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
