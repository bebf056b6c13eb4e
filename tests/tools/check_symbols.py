"""Compares what the kernel's own table of symbols says of every byte of its code with what nm and addr2line say.

usage: check_symbols.py PROBE ELF...   PROBE is tests/tools/symbols_probe.c"""
import bisect
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from symbols import open_elf  # noqa: E402

ADDRESSES_MIN = 30000
SHOWN_MAX = 10
UNKNOWN = re.compile(r".*:[0?]$")


def lines_of(command, text=""):
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True).stdout.splitlines()


def functions_by_nm(path):
    """Sorted (address, names): what starts in the code. No labels inside functions, nor the linker script's."""
    found = {}
    for line in lines_of(["nm", "--defined-only", path]):
        address, kind, name = line.split()
        label = name.startswith("image_") or re.fullmatch(r".*\.[a-z]+", name) and not name.endswith(".cold")
        if kind in "tT" and not label:
            found.setdefault(int(address, 16), set()).add(name.split(".")[0])
    return sorted(found.items())


def complaint(answer, function, offset, place):
    """None, or what is wrong with the probe's answer."""
    name, _, rest = answer.partition(" ")
    if name not in function or not rest.startswith(f"{offset} "):
        return f"'{answer}' should be in {function} at {offset}"
    where = rest.split(" ")[1]
    place = re.sub(r" \(discriminator [0-9]+\)$", "", place)
    if UNKNOWN.match(place) or ("/" + place).endswith("/" + where):
        return None
    # binutils takes the first file of a DWARF 5 unit, where that is a header, for the unit itself
    if re.sub(r".*\.h:", "", where) == re.sub(r".*\.c:", "", place):
        return None
    return f"'{answer}' should be {place}"


def complaints(probe, path):
    elf = open_elf(path)
    functions = functions_by_nm(path)
    starts = [address for address, _ in functions]
    addresses = range(starts[0], elf.text_end)
    text = "".join(f"{address:#x}\n" for address in addresses)
    with tempfile.NamedTemporaryFile() as table:
        table.write(elf.table)
        table.flush()
        answers = lines_of([probe, table.name], text)
        outside = lines_of([probe, table.name], f"{starts[0] - 1:#x}\n{elf.text_end:#x}\n0\nffffffffffffffff\n")
    places = lines_of(["addr2line", "-e", path], text)
    if len(addresses) < ADDRESSES_MIN or not len(addresses) == len(answers) == len(places):
        yield f"{len(addresses)} addresses, {len(answers)} answers, {len(places)} of addr2line"
    if outside != ["?"] * 4:
        yield f"outside the code there is something: {outside}"
    for address, answer, place in zip(addresses, answers, places):
        start, names = functions[bisect.bisect(starts, address) - 1]
        wrong = complaint(answer, names, address - start, place)
        if wrong:
            yield f"{address:#x}: {wrong}"


def main():
    probe, *paths = sys.argv[1:]
    status = 0
    for path in paths:
        found = list(complaints(probe, pathlib.Path(path)))
        for line in found[:SHOWN_MAX]:
            print(f"{path}: {line}")
        print(f"{path}: {len(found)} bytes of code are said to be where they are not")
        status |= bool(found)
    return status


if __name__ == "__main__":
    sys.exit(main())
