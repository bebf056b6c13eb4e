"""The part of ./tessera test after the packages: runs the steps of steps.py, two at a time, and counts."""
import argparse
import concurrent.futures
import os
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from steps import NothingMatches, all_steps  # noqa: E402
from streams import shows_colours  # noqa: E402

COLOURS = {"ok": "\033[32m", "FAIL": "\033[31m"}


def paint(word):
    return f"{COLOURS[word]}{word}\033[0m" if shows_colours() else word


class Runner:
    """Runs steps in the order given, each after those that it needs. A step whose need failed fails too."""

    def __init__(self, steps, options):
        self.steps = steps
        self.options = options
        self.done = {step.name: threading.Event() for step in steps}
        self.ok = {}
        self.passed = self.failed = 0
        self.lock = threading.Lock()

    def run(self):
        with concurrent.futures.ThreadPoolExecutor(max(2, os.cpu_count() or 1)) as pool:
            list(pool.map(self.run_step, self.steps))  # list: so that a mistake in a step is not lost

    def run_step(self, step):
        for need in step.needs:
            self.done[need].wait()
        begin = time.monotonic()
        try:
            broken = [need for need in step.needs if not self.ok[need]]
            if broken:
                passed, failed, output = 0, 1, f"not run: '{broken[0]}' failed\n"
            else:
                passed, failed, output = step.run(self.options)
            self.ok[step.name] = failed == 0
            self.tell(step, passed, failed, output, time.monotonic() - begin)
        except NothingMatches:
            self.ok[step.name] = True
        finally:
            self.ok.setdefault(step.name, False)
            self.done[step.name].set()

    def tell(self, step, passed, failed, output, seconds):
        if step.implied and not failed:  # built only for the sake of another step
            return
        with self.lock:
            self.passed += passed
            self.failed += failed
            word = paint("FAIL" if failed else "ok")
            print(f"{word} {step.name}: {passed} passed, {failed} failed ({seconds:.1f} s)")
            for line in output.splitlines():
                if failed or line.startswith("figure "):
                    print(f"    {line}")
            sys.stdout.flush()


def selected(steps, text):
    """The steps with `text` in the name, those that have cases of their own, and what they need."""
    chosen = {}
    for step in steps:
        if text in step.name or step.has_cases:
            step.whole = text in step.name
            chosen[step.name] = step
    for step in reversed(steps):
        if any(step.name in other.needs for other in chosen.values()):
            step.implied = step.name not in chosen or step.implied
            chosen.setdefault(step.name, step)
    return [step for step in steps if step.name in chosen]


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--filter", default="")
    options = parser.parse_args()
    steps = all_steps(options.long)
    if options.filter:
        steps = selected(steps, options.filter)
    begin = time.monotonic()
    runner = Runner(steps, options)
    runner.run()
    if options.filter and not runner.passed + runner.failed:
        print(f"tessera: no test has '{options.filter}' in its name", file=sys.stderr)
        return 2
    print(f"after {time.monotonic() - begin:.0f} s:")
    print(f"{runner.passed} passed, {runner.failed} failed")
    return 1 if runner.failed else 0


if __name__ == "__main__":
    sys.exit(main())
