"""Servers: every conversation of servers/NAME/conversation, as on the host (tests/server_talk.c), with all servers in the kernel, and
with all of them in ring 3."""
import pathlib
import re

from suite import COMMAND_SECONDS, expect, halt

NOT_SAID = re.compile(r"(servers|heap|console): |servers:  ")  # by the kernel, in between


def image_of(context, mode):
    """Of another build than that of the context's image, but with the same compiler."""
    build = pathlib.Path(context.image).parent
    return str(build.with_name(build.name + ("-user" if mode == "user" else "")) / "drills.img")


def is_played(line):
    return re.match(r"test (->|=>|sleeps|ends|starts) ", line)


def played(context, mode, path):
    """(what was said, the log of the machine)"""
    said = []
    with context.booted(image=image_of(context, mode)) as machine:
        machine.command("drill talk", COMMAND_SECONDS)
        for line in filter(is_played, path.read_text().splitlines()):
            output = machine.command(f"drill talk {line}", COMMAND_SECONDS)
            said += [answer for answer in output.splitlines() if not NOT_SAID.match(answer)]
        modes = {row.split()[1] for row in machine.command("servers", COMMAND_SECONDS).splitlines()[1:]}
        expect(modes == {mode}, f"the modes of the servers are {modes}", machine.log)
        halt(machine)
        return said, machine.log


def conversation(path, mode):
    def case(context):
        written = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
        said, log = played(context, mode, path)
        for number, (wanted, heard) in enumerate(zip(written, said), 1):
            expect(wanted == heard, f"word {number} is written {wanted!r}, and said was {heard!r}", log)
        expect(len(written) == len(said), f"{len(said)} words were said of {len(written)}", log)

    return case


TOP = pathlib.Path(__file__).resolve().parents[2]
CASES = [
    (f"servers: {path.parent.name}/{path.name}, {mode}", conversation(path, mode))
    for path in sorted(TOP.glob("servers/*/conversation*"))
    for mode in ("kernel", "user")
]
