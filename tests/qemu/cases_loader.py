"""The BIOS loader on drives of all kinds, on processors that lack something, and with damaged images."""
import struct
import time

from firmware import MIB, loader_of
from loader_boot import SECONDS, dumping, handed_over, refused, refused_under, tessera, write
from machine import Config, Machine
from suite import expect


# --- drives ---


def starts(drive, *arguments, **config):
    """The loader starts the kernel from a drive of this kind, and says which it was."""

    def case(context):
        data = dumping(context)
        handoff = handed_over(data, context, extra=list(arguments), **config)
        expect(handoff.boot_drive == drive, f"drive {handoff.boot_drive:#x}")
        expect(handoff.loaded_bytes == len(data.rstrip(b"\0")) + 511 & ~511, f"{handoff.loaded_bytes} bytes loaded")
        expect(handoff.self == 0x10000 and handoff.bytes == len(handoff.raw), "self or bytes")
        expect((handoff.image_start, handoff.image_end) == (MIB, MIB + 0x24000), "the image's range")

    return case


def bios_areas_are_free(context):
    """BIOSes write a drive's geometry and a partition table into the first sector."""
    data = bytearray(dumping(context))
    data[3:62] = b"\xcc" * 59
    data[446:510] = b"\xcc" * 64
    handed_over(bytes(data), context)


def floppy(context):
    refused(
        "drive lacks INT 13h extensions",
        dumping(context)[: 1440 * 1024],
        context,
        extra=["-drive", "if=floppy,file={disk},format=raw,snapshot=on"],
    )


def compact_disc(context):
    """El Torito without emulation: the BIOS loads the first sectors, then every read is in units of 2048 bytes."""

    def descriptor(kind, rest=b""):
        return (bytes([kind]) + b"CD001\x01" + rest).ljust(2048, b"\0")

    system = b"EL TORITO SPECIFICATION".ljust(32, b"\0") + bytes(32)
    validation = struct.pack("<BBH24sHBB", 1, 0, 0, b"", 0x55AA, 0x55, 0xAA)
    entry = struct.pack("<BBHBBHI", 0x88, 0, 0, 0, 0, 4, 20)
    disc = bytes(16 * 2048) + descriptor(1) + descriptor(0, system + struct.pack("<I", 19)) + descriptor(255)
    disc += (validation + entry).ljust(2048, b"\0") + dumping(context)
    refused(
        "sectors are not 512 bytes",
        disc,
        context,
        extra=["-drive", "file={disk},media=cdrom,format=raw,if=ide,readonly=on"],
    )


# --- images ---


def cut_off(kept):
    """A disk that ends too early, after `kept` sectors of the kernel."""

    def case(context):
        loader = loader_of(tessera(context))
        end = len(loader) + kept * 512
        refused("read error 0x", dumping(context)[:end], context)

    return case


def damaged(at, value, sentence):
    """The byte `at` of the kernel has another value."""

    def case(context):
        data = bytearray(dumping(context))
        position = len(loader_of(data)) + at
        expect(data[position] != value, "nothing would change")
        data[position] = value
        refused(sentence, bytes(data), context)

    return case


# --- processors, screen ---


def lacking(cpu, sentence):
    return lambda context: refused(sentence, dumping(context), context, cpu=cpu)


def screen_shows_failure(context):
    """The same sentence on the screen, where there is no serial line; and the machine halts."""
    out_exit = b"\xe6\xf4"
    data = dumping(context)
    expect(data.count(out_exit, 0, 512) == 1, "one write to the exit device in the first sector")
    path = write(context, data.replace(out_exit, b"\x90\x90", 1)[: len(loader_of(data))])
    with Machine(Config(image=path, mem="16M")) as machine:
        machine.wait("loader: read error 0x", SECONDS)
        machine.wait("\n", SECONDS)
        dump = context.folder / "screen"
        machine.monitor(f'pmemsave 0xb8000 4000 "{dump}"')
        text = dump.read_bytes()[::2].decode("ascii", "replace")
        expect("loader: read error 0x" in text, "the screen shows\n" + text.strip(), machine.log)
        deadline = time.monotonic() + SECONDS
        while "HLT=1" not in machine.monitor("info registers"):
            expect(time.monotonic() < deadline, "the machine does not halt", machine.log)
            time.sleep(0.1)


CASES = [
    ("loader: from an IDE disk", starts(0x80)),
    ("loader: from an AHCI disk", starts(0x80, machine="q35")),
    (
        "loader: from a USB stick",
        starts(
            0x80,
            *["-drive", "if=none,id=stick,file={disk},format=raw,snapshot=on"],
            *["-device", "piix3-usb-uhci", "-device", "usb-storage,drive=stick"],
        ),
    ),
    ("loader: from a virtio disk", starts(0x80, "-drive", "if=virtio,file={disk},format=raw,snapshot=on")),
    ("loader: bytes that BIOSes write to are free", bios_areas_are_free),
    ("loader: floppy is refused", floppy),
    ("loader: compact disc is refused", compact_disc),
    ("loader: drive without extensions", refused_under("drive lacks INT 13h extensions", no_extensions=1)),
    ("loader: drive that tells no sector size", refused_under("drive lacks INT 13h extensions", no_drive_words=1)),
    ("loader: drive with 4096-byte sectors", refused_under("sectors are not 512 bytes", sector_bytes=4096)),
    ("loader: drive that stays broken", refused_under("read error 0x20", failing_reads=3)),
    ("loader: disk that ends after the first sector", lambda c: refused("read error 0x", dumping(c)[:512], c)),
    ("loader: disk that ends with the loader", cut_off(0)),
    ("loader: disk that ends in the kernel", cut_off(70)),
    ("loader: no kernel", damaged(0, 0, "there is no kernel image behind the loader")),
    ("loader: kernel of another version", damaged(36, 3, "the kernel image is of another version than the loader")),
    ("loader: kernel with wrong sizes", damaged(14, 0, "the kernel image's sizes contradict each other")),
    ("loader: kernel too large", damaged(15, 1, "the kernel image is larger than 2 MiB")),
    ("loader: damaged kernel", damaged(60000, 0x5D, "the kernel image is damaged: its checksum does not match")),
    ("loader: kernel without room", damaged(42, 2, "the kernel image has no room to be unpacked")),
    ("loader: kernel that unpacks to too little", damaged(41, 0x10, "the packed kernel image ends too early")),
    ("loader: kernel that is packed otherwise", damaged(48, 7, "the packed kernel image is not what it should be")),
    ("loader: processor without PAE", lacking("486", "this CPU has no PAE")),
    ("loader: processor without 64-bit mode", lacking("pentium3", "this CPU has no 64-bit mode")),
    ("loader: processor with 64-bit mode off", lacking("qemu64,-lm", "this CPU has no 64-bit mode")),
    ("loader: processor without NX", lacking("qemu64,-nx", "this CPU has no NX")),
    ("loader: failure on the screen", screen_shows_failure),
]
