"""Exact counts of instructions from inside the kernel: its `bench` command, on a machine whose time stamp counter counts
instructions."""
import re

from machine import Config, Machine

COUNTING = ["-icount", "shift=0,sleep=off"]
FIGURE = re.compile(r"^bench: (\S+) ([0-9]+) ([0-9]+) ([0-9]+)$", re.MULTILINE)


def kernel_counts(seconds=60, **config):
    """{NAME: {"min": N, "median": N, "max": N}} of a machine as in Config. MachineError when it does not come to that."""
    with Machine(Config(extra=COUNTING, **config)) as machine:
        machine.wait_prompt(seconds)
        found = FIGURE.findall(machine.command("bench", seconds))
        machine.type("halt\r")
        machine.finish(seconds)
    return {name: dict(zip(("min", "median", "max"), map(int, numbers))) for name, *numbers in found}
