"""Machines and memory sizes: each boots, plans as the host does on the same map, and passes its own full check."""
import json
import os

from guest import certificate_of, check_certificate
from machine import size_bytes
from suite import BOOT_SECONDS, COMMAND_SECONDS, expect, halt

MACHINES = ("pc", "q35")
SIZES = ("8M", "16M", "64M", "128M", "1G", "3G", "4G", "6G")


def check(machine):
    """The kernel's full self-check."""
    output = machine.command("check", COMMAND_SECONDS)
    expect("error" not in output and output.strip(), f"check: {output.strip()}", machine.log)


def boots(**config):
    def case(context):
        with context.booted(**config) as machine:
            certificate = check_certificate(context.planner, machine.boot_log)
            missing = certificate["eligible_bytes"] - certificate["heap_bytes"]
            allowed = max(certificate["eligible_bytes"] // 200, 4096 * len(certificate["regions"]))
            expect(missing <= allowed, f"the heap leaves {missing} bytes unused", machine.log)
            check(machine)
            halt(machine)

    return case


def garbage_in_memory(context):
    """Nothing may rest on memory being clear at power-on."""
    fill = context.folder / "memory"
    with open(fill, "wb") as file:
        for _ in range(size_bytes("64M") >> 20):
            file.write(os.urandom(1 << 20))
    boots(mem="64M", fill=str(fill))(context)


def boots_again(restart):
    """After a warm reset memory holds our own earlier tables, perfectly plausible ones."""

    def case(context):
        with context.booted(reboot=True) as machine:
            check(machine)
            machine.command("alloc 4096", COMMAND_SECONDS)
            restart(machine)
            machine.boot_log, first = machine.wait_prompt(BOOT_SECONDS), machine.boot_log
            expect(certificate_of(machine.boot_log) == certificate_of(first), "another plan than before", machine.log)
            check(machine)
            halt(machine)

    return case


def page_size_follows_processor(context):
    """A processor without 1-GiB pages gets its direct map of 2-MiB ones; what else it lacks is named."""
    with context.booted(cpu="qemu64", mem="3G") as machine:
        certificate = check_certificate(context.planner, machine.boot_log)
        expect(certificate["page_bits"] == 21, "1-GiB pages on a processor without them", machine.log)
        expect("processor: without smep, smap, umip" in machine.boot_log, "what it lacks is not named", machine.log)
        check(machine)
        halt(machine)


def large_memory(context):
    """More than a terabyte of address space, of which the host lends little."""
    with context.booted(mem="1T") as machine:
        certificate = check_certificate(context.planner, machine.boot_log)
        expect(certificate["usable_bytes"] > 1000 << 30, json.dumps(certificate), machine.log)
        check(machine)
        halt(machine)


CASES = [
    (f"boot: {machine}, {size}", boots(machine=machine, mem=size)) for size in SIZES for machine in MACHINES
] + [
    ("boot: memory full of garbage", garbage_in_memory),
    ("boot: after a reset", boots_again(lambda machine: machine.monitor("system_reset"))),
    ("boot: after the reboot command", boots_again(lambda machine: machine.type("reboot\r"))),
    ("boot: processor without 1-GiB pages", page_size_follows_processor),
    ("boot: 1 TiB", large_memory),
]
