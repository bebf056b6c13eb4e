"""The ends of a machine that has no exit device: what the firmware's ACPI tables offer, on the machines that QEMU has."""
import time

from suite import BOOT_SECONDS, COMMAND_SECONDS, expect

MACHINES = ("pc", "q35")
BY_HAND = "the machine can be switched off now\n"
QUIET_SECONDS = 1
CONTROLLERS = "local APIC at 0xfee00000, I/O APIC 0 at 0xfec00000 from input 0, two 8259s"
ROUTES = f"interrupts: as the MADT has it: {CONTROLLERS}, processors: 3"
DEFAULTS = f"interrupts: no MADT, so as a PC has it by default: {CONTROLLERS}, processors: 1"


def switches_off(**config):
    """The power goes off, and not because the kernel or QEMU gave up."""

    def case(context):
        with context.booted(exit_device=False, **config) as machine:
            machine.type("halt\r")
            reason = machine.finish(COMMAND_SECONDS)
            expect(machine.events == ["guest-shutdown"], f"{machine.events}: {reason}", machine.log)
            expect(BY_HAND not in machine.log, "somebody is asked to switch it off", machine.log)

    return case


def stays_on(words, **config):
    """The reason is said, and the machine stops: it takes no command any more, and does not end."""

    def case(context):
        with context.booted(exit_device=False, **config) as machine:
            machine.type("halt\r")
            said = machine.wait(BY_HAND, COMMAND_SECONDS)
            expect(words in said, f"no word of '{words}'", machine.log)
            machine.type("version\r")
            time.sleep(QUIET_SECONDS)
            machine.monitor("info status")  # takes in what has been printed
            expect(machine.log.endswith(BY_HAND), "it goes on", machine.log)
            expect(not machine.events, f"it ended: {machine.events}", machine.log)

    return case


def reboots(**config):
    def case(context):
        with context.booted(exit_device=False, reboot=True, **config) as machine:
            machine.type("reboot\r")
            machine.wait("tessera: ready", BOOT_SECONDS)
            machine.wait_prompt(BOOT_SECONDS)

    return case


def routes_are(line, **config):
    """The line of the boot log."""

    def case(context):
        with context.booted(**config) as machine:
            expect(line in machine.boot_log.splitlines(), f"no line '{line}'", machine.log)

    return case


def each(name, case):
    return [(f"power: {name}, {machine}", case(machine=machine)) for machine in MACHINES]


CASES = [
    *each("halt switches off", switches_off),
    *each("reboot", reboots),
    ("power: halt without ACPI", stays_on("no ACPI table names a port for that", machine="pc,acpi=off")),
    ("power: reboot without ACPI", reboots(machine="pc,acpi=off")),
    *[
        (f"interrupts: routes, {machine}", routes_are(ROUTES, machine=machine, extra=["-smp", "3"]))
        for machine in MACHINES
    ],
    ("interrupts: routes without ACPI", routes_are(DEFAULTS, machine="pc,acpi=off")),
]
