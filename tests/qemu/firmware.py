"""Firmware with quirks in front of a disk image, and what the loader then hands to the kernel.

Images are bytes here: `loader_of` takes the loader out of Tessera's image, `with_kernel` puts a kernel of the tests
behind it, `with_firmware` puts quirky_bios.asm in front of all that."""
import pathlib
import re
import struct
import subprocess
import sys
from dataclasses import dataclass, field

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "tools"))
import mkimage  # noqa: E402

SECTOR_BYTES = 512
MIB = 1 << 20
SMAP = 0x534D4150
USABLE, RESERVED = 1, 2
BY_EBX, BY_CARRY, BY_SIGNATURE, BY_LIMIT = 1, 2, 3, 4
KERNEL_MAGIC = b"TESSAERA"


def assembled(context, name):
    """The flat binary of tests/qemu/NAME.asm."""
    output = context.folder / (name + ".bin")
    subprocess.run(["nasm", "-f", "bin", "-Werror", "-o", str(output), str(HERE / (name + ".asm"))], check=True)
    return output.read_bytes()


def loader_of(image):
    """The sectors before the kernel."""
    sectors = range(SECTOR_BYTES, len(image), SECTOR_BYTES)
    return image[: next(at for at in sectors if image.startswith(KERNEL_MAGIC, at))]


def with_kernel(loader, kernel):
    """A disk image of both, the kernel's header filled in. Stored, not packed, so that it has the size and the bytes that it has here."""
    return mkimage.padded(loader + mkimage.sealed(kernel, "the kernel", level=0), 1 << 20)


@dataclass(frozen=True)
class Answer:
    """One answer to INT 15h EAX=0xE820. `ebx` None: whatever leads to the next one, 0 for the last."""

    base: int
    length: int
    type: int = USABLE
    attributes: int = 1
    eax: int = SMAP
    ecx: int = 20
    ebx: int = None
    carry: int = 0

    def packed(self, ebx):
        words = (self.eax, self.ecx, ebx if self.ebx is None else self.ebx, self.carry)
        return struct.pack("<QQII4I", self.base, self.length, self.type, self.attributes, *words)


PLAIN = (Answer(0, 0x9FC00), Answer(0x9FC00, 0x60400, RESERVED), Answer(0x100000, 0xF00000))


@dataclass
class Firmware:
    """The quirks; see `settings` in quirky_bios.asm."""

    answers: tuple = PLAIN
    a20_off: int = 0
    a20_refused: int = 0
    drive_changed: int = 0
    no_extensions: int = 0
    no_drive_words: int = 0
    failing_reads: int = 0
    entry_segment: int = 0
    sector_bytes: int = 512
    low_kib: int = 639
    written_bytes: int = 20
    written_before: int = 0
    e801_carry: int = 1
    e801: tuple = (0, 0, 0, 0)
    ext88_carry: int = 1
    ext88: int = 0
    endless: bool = False

    def answer_bytes(self):
        last = len(self.answers) - 1
        marks = [0xFACE0000 + i for i in range(last)] + [0xFACEFFFF if self.endless else 0]
        return b"".join(answer.packed(ebx) for answer, ebx in zip(self.answers, marks))

    def settings(self):
        words = (self.entry_segment, self.sector_bytes, self.low_kib, len(self.answers))
        words += (self.written_bytes, self.written_before)
        words += (self.e801_carry, *self.e801, self.ext88_carry, self.ext88)
        flags = (self.a20_off, self.a20_refused, self.drive_changed, self.no_extensions, self.no_drive_words)
        return struct.pack("<6B13H", *flags, self.failing_reads, *words)


def with_firmware(context, firmware, image):
    """`image` as it looks to a machine whose BIOS has these quirks."""
    packet, settings = 64, 80
    bios = bytearray(assembled(context, "quirky_bios"))
    own = len(mkimage.padded(bytes(bios) + firmware.answer_bytes(), SECTOR_BYTES))
    bios[packet + 2 : packet + 4] = struct.pack("<H", own // SECTOR_BYTES)
    packed = firmware.settings()
    bios[settings : settings + len(packed)] = packed
    return (bytes(bios) + firmware.answer_bytes()).ljust(own, b"\0") + image


@dataclass
class Handoff:
    """struct handoff of boot/handoff.h, decoded from what handoff_dump.asm printed."""

    raw: bytes
    answers: list = field(default_factory=list)

    FIELDS = struct.Struct("<4I4Q8II4HIII")
    NAMES = (
        "magic version bytes source self rsdp image_start image_end boot_drive loaded_bytes"
        " asked stored ended replaced lost module_count"
        " e801_carry e801_ax e801_bx e801_cx e801_dx ext88_carry ext88_ax reserved"
    ).split()
    ANSWERS_AT = 360
    ANSWER = struct.Struct("<QQII4I")

    @classmethod
    def printed_in(cls, log):
        match = re.search(r"^handoff ([0-9a-f]+)$", log, re.MULTILINE)
        if not match:
            return None
        handoff = cls(bytes.fromhex(match[1]))
        for name, value in zip(cls.NAMES, cls.FIELDS.unpack_from(handoff.raw)):
            setattr(handoff, name, value)
        for i in range(handoff.stored):
            base, length, kind, attributes, eax, ecx, ebx, carry = cls.ANSWER.unpack_from(
                handoff.raw, cls.ANSWERS_AT + i * cls.ANSWER.size
            )
            handoff.answers.append(Answer(base, length, kind, attributes, eax, ecx, ebx, carry))
        return handoff

    def records(self):
        """Base, length and type of each stored answer."""
        return [(answer.base, answer.length, answer.type) for answer in self.answers]
