"""Threads: what they promise, tried inside the machine, in ring 3 too; the keyboard; and that nothing ticks."""
import contextlib
import re
import time

from cases_report import screen_lines
from machine import Config, Ended, Machine
from suite import BOOT_SECONDS, COMMAND_SECONDS, expect, halt

COUNTING = ["-icount", "shift=0,sleep=off"]
IDLE_SECONDS = 10
INTERRUPTS = re.compile(r"^interrupts: ([0-9]+) of the timer, ([0-9]+) spurious, ([0-9]+) unexpected", re.MULTILINE)

DRILLS = (
    "calls", "churn", "crowd", "death", "edges", "fpu", "heap", "hostile", "kill", "parley", "preempt", "program", "reach",
    "servers", "sleep", "status", "timer", "user",
)
OLD_PROCESSOR = "qemu64"  # without SMEP, SMAP, UMIP and 1-GiB pages


def interrupts(machine):
    found = INTERRUPTS.search(machine.command("threads", COMMAND_SECONDS))
    expect(found, "no line about interrupts", machine.log)
    return dict(zip(("timer", "spurious", "unexpected"), map(int, found.groups())))


def drill(machine, what):
    output = machine.command(f"drill {what}", COMMAND_SECONDS)
    expect(output.endswith("drill: ok\n"), f"drill {what}: {output.strip().splitlines()[-1:]}", machine.log)


def drilled(what, **config):
    def case(context):
        with context.booted(image=context.drills, **config) as machine:
            drill(machine, what)
            for_nobody = 1 if what == "edges" else 0  # that drill asks for one
            expect(interrupts(machine)["unexpected"] == for_nobody, "an interrupt came to nobody", machine.log)
            halt(machine)

    return case


def drills_in_a_row(context):
    """Again and again on one machine: nothing is left behind that the next one stumbles on."""
    with context.booted(image=context.drills, mem="16M") as machine:
        for what in DRILLS * 2:
            drill(machine, what)
        halt(machine)


def unknown_drill(context):
    for image, words in ((context.drills, "error: drill knows calls churn "), (context.image, "error: drills are in an image of ")):
        with context.booted(image=image) as machine:
            output = machine.command("drill nothing", COMMAND_SECONDS)
            expect(output.startswith(words), output, machine.log)


def nothing_ticks(context):
    """Ten seconds at the prompt, and the timer has not interrupted once. It may still be set for the end of a turn at first."""
    with context.booted(image=context.drills) as machine:
        time.sleep(1)
        before = interrupts(machine)
        time.sleep(IDLE_SECONDS)
        after = interrupts(machine)
        expect(after["timer"] == before["timer"], f"{before} became {after}", machine.log)
        drill(machine, "sleep")
        expect(interrupts(machine)["timer"] > after["timer"], "the timer does not interrupt at all", machine.log)
        halt(machine)


def uptime_is_true(context):
    """The machine's clock runs as fast as the host's."""
    with context.booted() as machine:

        def seconds():
            return float(machine.command("uptime", COMMAND_SECONDS).split()[0])

        begin, first = time.monotonic(), seconds()
        time.sleep(3)
        passed, counted = time.monotonic() - begin, seconds() - first
        expect(abs(counted - passed) < 0.15 * passed + 0.1, f"{counted:.3f} s in {passed:.3f} s", machine.log)
        context.figure = f"{counted:.3f} s counted in {passed:.3f} s"


def press(machine, *keys):
    for key in keys:
        machine.monitor(f"sendkey {key} 20")
        time.sleep(0.06)


def typed_on_the_keyboard(context):
    """The keyboard goes where the serial line goes, in capitals too; what is typed with Ctrl and Backspace edits."""
    with context.booted() as machine:
        press(machine, *"xyz", "ctrl-u", *"versiom", "backspace", "n", "ret")
        machine.wait("\nTessera ", COMMAND_SECONDS)
        machine.wait_prompt(COMMAND_SECONDS)
        press(machine, "shift-v", "caps_lock", "e", "caps_lock", "1", "shift-minus", "ret")
        machine.wait('unknown command "VE1_"', COMMAND_SECONDS)


def only_the_keyboard(context):
    """Without a serial port the screen and the keyboard do."""
    with Machine(Config(image=context.image), serial=False) as machine:
        lines = []
        end = time.monotonic() + BOOT_SECONDS
        while "tessera: ready" not in lines:
            expect(time.monotonic() < end, "the screen does not show it:\n" + "\n".join(lines))
            time.sleep(0.2)
            lines = screen_lines(context, machine)
        press(machine, *"halt")
        with contextlib.suppress(Ended):  # it may be gone before the key's answer
            press(machine, "ret")
        reason = machine.finish(COMMAND_SECONDS)
        expect(reason is None, f"halt: {reason}")


def devices_are_claimed(context):
    """Whoever drives a device holds it; without a serial port nobody holds its line."""
    with context.booted(image=context.drills) as machine:
        output = machine.command("devices", COMMAND_SECONDS)
        for claim in ("serial line  ports   [0x3f8, 0x400)", "screen       memory  [0xb8000, 0xc0000)",
                      "keyboard     input   [0x1, 0x2)", "kernel       memory  [0xfee00000, 0xfee01000)"):
            expect(claim in output, f"no claim '{claim}'", machine.log)
        halt(machine)


def named_at_boot(context):
    """What the processor lacks is named; nothing is where nothing is missing."""
    with context.booted(cpu=OLD_PROCESSOR) as machine:
        expect("smep" in machine.boot_log and "smap" in machine.boot_log and "umip" in machine.boot_log, "not named", machine.log)
    with context.booted() as machine:
        expect("smep" not in machine.boot_log, "named although it is there", machine.log)


CASES = (
    [(f"threads: {what}", drilled(what)) for what in DRILLS]
    + [(f"threads: {what}, counted", drilled(what, extra=COUNTING)) for what in ("calls", "preempt", "sleep", "timer")]
    + [(f"threads: {what}, old processor", drilled(what, cpu=OLD_PROCESSOR)) for what in ("heap", "program", "reach", "user")]
    + [
        ("threads: drills in a row", drills_in_a_row),
        ("threads: unknown drill", unknown_drill),
        ("threads: nothing ticks", nothing_ticks),
        ("threads: uptime", uptime_is_true),
        ("keyboard: as the serial line", typed_on_the_keyboard),
        ("keyboard: without a serial line", only_the_keyboard),
        ("devices: claimed", devices_are_claimed),
        ("processor: what it lacks", named_at_boot),
    ]
)
