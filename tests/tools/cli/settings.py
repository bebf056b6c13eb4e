"""The machine that the options of ./tessera run and ./tessera debug ask for. The shell has checked their values."""
import argparse
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..", "qemu"))
from machine import Config  # noqa: E402
from pretend import memory_for, pretended_records  # noqa: E402


def say(text):
    print(f"tessera: {text}", file=sys.stderr)


def parse(*more):
    """The options; `more` are those of one command only. What stands behind -- is in `extra`."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    for name in ("--image", "--planner", "--mem", "--machine", "--map", "--map-name", *more):
        parser.add_argument(name)
    parser.add_argument("--display", action="store_true")
    parser.add_argument("--drills", action="store_true")
    arguments, extra = sys.argv[1:], []
    if "--" in arguments:
        at = arguments.index("--")
        arguments, extra = arguments[:at], arguments[at + 1 :]
    options = parser.parse_args(arguments)
    options.extra = extra
    return options


def machine_config(options, folder):
    """ValueError, with a sentence, for a map that cannot be read; the map's records go into `folder`."""
    records = memory = ""
    if options.map:
        records = os.path.join(folder, "e820")
        with open(records, "wb") as file:
            file.write(pretended_records(options.planner, options.map, options.map_name))
        memory = memory_for(records)
    return Config(
        image=os.path.join(os.path.dirname(options.image), "drills.img") if options.drills else options.image,
        mem=options.mem or memory or "128M",
        machine=options.machine or "pc",
        map_records=records,
        window=options.display,
        extra=options.extra,
    )
