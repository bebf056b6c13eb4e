"""Mistakes of a thread: the report of each exception, and what pages must not allow; the thread is ended, the kernel goes
on. And a mistake inside the kernel's lock, where it cannot."""
import pathlib
import re
import subprocess
import sys

from cases_threads import OLD_PROCESSOR
from machine import FAILURE, Config, Machine
from suite import BOOT_SECONDS, COMMAND_SECONDS, expect, halt

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tools"))
import mkimage  # noqa: E402

# WHAT of `crash`: vector, name, the instruction in core/crash.asm, and words of the report.
EXCEPTIONS = {
    "divide": (0, "divide error", "div     ecx", "a division by zero"),
    "debug": (1, "debug", "nop", ""),  # these four are reported behind the instruction that does it
    "breakpoint": (3, "breakpoint", "nop", ""),
    "overflow": (4, "overflow", "nop", ""),
    "bound": (5, "bound range exceeded", "nop", ""),
    "opcode": (6, "invalid opcode", "ud2", "what stands there is no instruction"),
    "fpu": (7, "device not available", "fldz", "floating point"),
    "stack": (8, "double fault", "push    rax", "its stack has overflowed: 0x"),
    "no-room": (8, "double fault", ".wait:  jmp     .wait", "its stack has overflowed: 0x"),
    "little-room": (14, "page fault", "mov     [rax], rax", "write to an unmapped page, at 0xdead0000"),
    "segment": (11, "segment not present", "mov     es, eax", "selector 0x38 of the GDT"),
    "stack-segment": (12, "stack-segment fault", "mov     ss, eax", "selector 0x38 of the GDT"),
    "protection": (13, "general protection", "mov     rax, [rax]", "not a canonical address, if it was used as one: rax"),
    "page": (14, "page fault", "mov     [rax], rax", "write to an unmapped page, at 0xdead0000"),
}
REGISTERS = ("rip", "rsp", "rflags", "cr2", "rax", "r15")

# WHAT of `crash`: a phrase of the report, and one on what stands at the address.
VIOLATIONS = {
    "write-text": ("write to read-only memory", ""),
    "write-rodata": ("write to read-only memory", ""),
    "execute-rodata": ("execution of a page that is not code", ""),
    "execute-data": ("execution of a page that is not code", ""),
    "execute-ram": ("execution of a page that is not code", " is "),
    "execute-device": ("execution of a page that is not code", ""),
    "read-null": ("read of what a null pointer points to, at offset 0x8", ""),
    "write-null": ("write to what a null pointer points to, at offset 0x8", ""),
    "execute-null": ("execution of what a null pointer points to", ""),
    "read-low": ("read of an unmapped page", ""),
    "read-behind-image": ("read of an unmapped page", ""),
    "read-guard": ("read of an unmapped page", "in the guard page of the stack of `keys`"),
    "read-devices": ("read of an unmapped page", ""),
    "read-image-as-ram": ("read of an unmapped page", ""),
}


def lines_of(path, text):
    """The numbers of the lines that say that."""
    numbers = [str(number) for number, line in enumerate(path.read_text().splitlines(), 1) if line.strip() == text]
    expect(numbers, f"{path} has no line '{text}'")
    return "|".join(numbers)


def crashed(machine, word, vector):
    report = machine.command(f"crash {word}", COMMAND_SECONDS)
    expect(f"crash: vector {vector} has ended the thread, and nothing else" in report, "no last word", machine.log)
    return report


def exception_reports(word):
    """An exception names itself and what it means, shows thread, registers and who called whom."""
    vector, name, instruction, words = EXCEPTIONS[word]

    def case(context):
        with context.booted() as machine:
            report = crashed(machine, word, vector)
            for wanted in (f"exception {vector}, {name}, error code 0x", "in thread `crash`", words, *REGISTERS):
                expect(wanted in report, f"the report lacks '{wanted}'", machine.log)
            line = lines_of(context.top / "core" / "crash.asm", instruction)
            function = "crash_" + word.replace("-", "_")
            chain = (
                rf"#0 {function}\+0x[0-9a-f]+ \(core/crash\.asm:({line})\)\n"
                rf"(.*\n)*.*thread_begin\+0x[0-9a-f]+ \(core/switch\.asm:"
            )
            expect(re.search(chain, report), f"no {chain}", machine.log)
            expect(": ok\n" in machine.command("check", COMMAND_SECONDS), "the heap is not what it was", machine.log)
            halt(machine)

    return case


def violations_are_caught(**config):
    """Everything that the page tables forbid, one after the other on one machine."""

    def case(context):
        with context.booted(**config) as machine:
            for word, phrases in VIOLATIONS.items():
                report = crashed(machine, word, 14)
                for phrase in phrases:
                    expect(phrase in report, f"{word}: the report lacks '{phrase}'", machine.log)
            expect(": ok\n" in machine.command("check", COMMAND_SECONDS), "the heap is not what it was", machine.log)
            halt(machine)

    return case


def mistake_inside_the_lock(context):
    """Where the kernel itself cannot go on it ends, with failure."""
    with context.booted() as machine:
        machine.type("crash masked\r")
        machine.finish(COMMAND_SECONDS)
        expect(machine.process.returncode == FAILURE, f"status {machine.process.returncode}", machine.log)
        expect("exception 6, invalid opcode" in machine.log, "no report", machine.log)


def machine_check(context):
    """What the processor finds wrong with itself ends the kernel, and is named."""
    with context.booted() as machine:
        machine.monitor("mce 0 9 0xb200000000000000 5 0 0")  # bank 9: uncorrected, context corrupt
        machine.finish(COMMAND_SECONDS)
        expect(machine.process.returncode == FAILURE, f"status {machine.process.returncode}", machine.log)
        expect("exception 18, machine check" in machine.log, "no report", machine.log)


def mistake_in_the_boot(context):
    """Before there are threads a mistake is told all the same."""
    disk = pathlib.Path(context.image).read_bytes()
    loader, kernel = disk[: disk.index(mkimage.MAGIC)], bytearray(mkimage.unsealed(disk))
    names = subprocess.run(["nm", pathlib.Path(context.image).with_name("kernel.elf")], capture_output=True, text=True, check=True)
    base, place = (
        int(re.search(rf"^([0-9a-f]+) \w {name}$", names.stdout, re.MULTILINE)[1], 16) for name in ("image_base", "acpi_find_root")
    )
    kernel[place - base : place - base + 2] = b"\x0f\x0b"  # ud2
    image = context.folder / "mistaken.img"
    image.write_bytes(mkimage.padded(loader + mkimage.sealed(bytes(kernel), "kernel"), mkimage.IMAGE_BYTES_MIN))
    with Machine(Config(image=image)) as machine:
        machine.finish(BOOT_SECONDS)
        expect(machine.process.returncode == FAILURE, f"status {machine.process.returncode}", machine.log)
        for wanted in ("exception 6, invalid opcode", "in thread `boot`", *REGISTERS, "#0 acpi_find_root+0x0 ", "kernel_entry+0x"):
            expect(wanted in machine.log, f"the report lacks '{wanted}'", machine.log)


CASES = [(f"exception: {word}", exception_reports(word)) for word in EXCEPTIONS] + [
    ("exception: inside the kernel's lock", mistake_inside_the_lock),
    ("exception: machine check", machine_check),
    ("exception: in the boot", mistake_in_the_boot),
    ("protection: violated", violations_are_caught()),
    ("protection: violated, old processor", violations_are_caught(cpu=OLD_PROCESSOR)),
    ("protection: violated, q35 with 6 GiB", violations_are_caught(machine="q35", mem="6G")),
]
