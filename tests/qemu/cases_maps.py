"""Pretended firmware maps: other machines' memory maps, laid over the machine's own."""
import json

from guest import check_certificate
from machine import Config, Machine
from pretend import memory_for, pretended_records
from suite import COMMAND_SECONDS, expect, halt

BOOT_SECONDS = 60


def pretend(context, path, name=None):
    """The Config of a machine that believes the map `name` in `path`."""
    records = context.folder / "e820"
    records.write_bytes(pretended_records(context.planner, str(path), name))
    return {"map_records": str(records), "mem": memory_for(records)}


def written(context, *entries):
    """A file of FreeBSD's form with these (base, length, type)."""
    path = context.folder / "map"
    path.write_text("".join(f"SMAP type={kind:02x} base={base:016x} len={size:016x}\n" for base, size, kind in entries))
    return path


def boots_on(name):
    def case(context):
        with context.booted(**pretend(context, context.top / "tests" / "maps" / "maps.jsonl", name)) as machine:
            check_certificate(context.planner, machine.boot_log)
            output = machine.command("check", COMMAND_SECONDS)
            expect("error" not in output, f"check: {output.strip()}", machine.log)
            halt(machine)

    return case


def smallest_machine(context):
    """One usable range of 2 MiB at 1 MiB is enough."""
    with context.booted(**pretend(context, written(context, (0x100000, 0x200000, 1)))) as machine:
        certificate = check_certificate(context.planner, machine.boot_log)
        expect(certificate["usable_bytes"] == 0x200000, json.dumps(certificate), machine.log)
        halt(machine)


def refused(entries, sentence):
    """A map without room for a heap: the kernel says why, shows the map, and ends with failure."""

    def case(context):
        config = pretend(context, written(context, *entries))
        with Machine(Config(image=context.image, **config)) as machine:
            reason = machine.finish(BOOT_SECONDS)
            expect(reason == "the kernel stopped with a failure", f"{reason}", machine.log)
            expect(sentence in machine.log, f"no word of '{sentence}'", machine.log)
            expect("tessera-map: " in machine.log, "the map isn't shown", machine.log)

    return case


LARGE = 0x4000000
CASES = [
    ("map: the smallest machine", smallest_machine),
    ("map: nothing usable", refused([(0, LARGE, 2)], "no memory at or above 1 MiB is usable")),
    ("map: nonsense", refused([(2**64 - 1, 2**64 - 1, 1), (0, 0, 1), (7, 9, 0xEEEE)], "no memory at or above")),
    ("map: no room beside the image", refused([(0x100000, 0x40000, 1)], "in pieces that are too small to use")),
    ("map: usable, all of it reserved too", refused([(0, LARGE, 1), (0, 2**63, 2)], "no memory at or above")),
] + [
    (f"map: {name}", boots_on(name))
    for name in (
        "pc350-ebda-usable-unsorted",
        "ali-p200-isa-hole",
        "apple-macbookpro3-1",
        "gigabyte-c1037un",
        "dell-poweredge-r630",
    )
]
