"""What the kernel shows: the screen, the figures of the boot."""
import pathlib
import re
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


def packed_servers(context, servers):
    """How many bytes fewer the packed kernel would have without what the server images say."""
    kernel = mkimage.unsealed(pathlib.Path(context.image).read_bytes())
    first = kernel.find(b"\x7fELF")
    body = kernel[mkimage.HEADER.size :]
    if first < 0:
        return 0
    first -= mkimage.HEADER.size
    without = body[:first] + body[first + servers :]
    return len(mkimage.packed(body)) - len(mkimage.packed(without))


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
    loaded = re.search(r"([0-9]+) bytes loaded, ([0-9]+) when unpacked, ([0-9]+) of them server images", log)
    expect(loaded, "no word on the bytes loaded", log)
    packed, unpacked, servers = (int(number) for number in loaded.groups())
    own = packed - packed_servers(context, servers)
    expect(own <= LOADED_BYTES_MAX, f"{own} bytes are loaded from the disk, server images not counted")
    expect(unpacked - servers <= UNPACKED_BYTES_MAX, f"{unpacked - servers} bytes of kernel are in memory, server images not counted")
    context.figure = f"{figure[1]} instructions, {own} bytes loaded, {unpacked - servers} unpacked, and {servers} of server images"


CASES = [
    ("screen shows ready", screen_shows_ready),
    ("figures of the boot", boot_figures),
]
