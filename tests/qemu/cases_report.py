"""What the kernel shows: the screen, the figures of the boot."""
import pathlib
import re
import subprocess
import sys
import time

from machine import Config, Machine
from suite import BOOT_SECONDS, expect, halt

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tools"))
import mkimage  # noqa: E402

SCREEN_ADDRESS, SCREEN_COLUMNS, SCREEN_ROWS = 0xB8000, 80, 25
INSTRUCTIONS_MAX = 2_000_000
LOADED_BYTES_MAX = 128 * 1024  # packed, drills and symbols included
UNPACKED_BYTES_MAX = 184 * 1024  # the same in memory


def screen_lines(context, machine):
    """The text screen as the machine's memory has it: a character and its colour for each cell."""
    dump = context.folder / "screen"
    machine.monitor(f'pmemsave {SCREEN_ADDRESS:#x} {2 * SCREEN_COLUMNS * SCREEN_ROWS} "{dump}"')
    text = dump.read_bytes()[::2].decode("ascii", "replace")
    return [text[at : at + SCREEN_COLUMNS].rstrip(" \0") for at in range(0, len(text), SCREEN_COLUMNS)]


def screen_shows_ready(context):
    with context.booted() as machine:
        lines = screen_lines(context, machine)
        expect("tessera: ready" in lines, "the screen doesn't show it:\n" + "\n".join(lines))
        halt(machine)


def symbols_of(elf):
    words = (line.split() for line in subprocess.run(["nm", elf], check=True, capture_output=True, text=True).stdout.splitlines())
    return {name: int(value, 16) for value, _, name in (line for line in words if len(line) == 3)}


def packed_servers(context):
    """How many bytes fewer the packed kernel would have without its servers: what ring 3's images say, and the code and constants of
    those in the kernel. In the file .rodata follows .text without the gap between their pages (boot/kernel.ld)."""
    at = symbols_of(pathlib.Path(context.image).with_name("kernel.elf"))
    body = mkimage.unsealed(pathlib.Path(context.image).read_bytes())[mkimage.HEADER.size :]
    base = at["image_base"] + mkimage.HEADER.size
    gap = at["image_text_end"] - at["image_base"] - at["image_text_bytes"] % (1 << 32)
    text = (at["image_server_text"] - base, at["image_server_text_end"] - base)
    rodata = (at["image_servers"] - base - gap, at["image_servers_end"] - base - gap)
    without = body[: text[0]] + body[text[1] : rodata[0]] + body[rodata[1] :]
    return len(mkimage.packed(body)) - len(mkimage.packed(without)), len(body) - len(without)


def boot_figures(context):
    """Instructions from kernel entry to ready, counted exactly, and bytes loaded from the disk."""
    serial = context.folder / "serial"
    extra = ["-icount", "shift=0,sleep=off", "-serial", f"file:{serial}"]
    with Machine(Config(image=context.image, extra=extra), serial=False) as machine:
        end = time.monotonic() + BOOT_SECONDS
        log = ""
        while "tessera: ready" not in log:
            expect(time.monotonic() < end and machine.process.poll() is None, "the boot did not get ready", log)
            time.sleep(0.05)
            log = serial.read_text("ascii", "replace") if serial.exists() else ""
    figure = re.search(r"^boot: ([0-9]+) cycles", log, re.MULTILINE)
    expect(figure, "no line 'boot: N cycles'", log)
    expect(int(figure[1]) < INSTRUCTIONS_MAX, f"{figure[1]} instructions from kernel entry to ready")
    loaded = re.search(r"([0-9]+) bytes loaded, ([0-9]+) when unpacked, ([0-9]+) of them servers", log)
    expect(loaded, "no word on the bytes loaded", log)
    packed, unpacked, servers = (int(number) for number in loaded.groups())
    saved, removed = packed_servers(context)
    own = packed - saved
    expect(removed == servers, f"{servers} bytes of servers, but {removed} in the image")
    expect(own <= LOADED_BYTES_MAX, f"{own} bytes are loaded from the disk, servers not counted")
    expect(unpacked - servers <= UNPACKED_BYTES_MAX, f"{unpacked - servers} bytes of kernel are in memory, servers not counted")
    context.figure = f"{figure[1]} instructions, {own} bytes loaded, {unpacked - servers} unpacked, and {servers} of servers"


CASES = [
    ("screen shows ready", screen_shows_ready),
    ("figures of the boot", boot_figures),
]
