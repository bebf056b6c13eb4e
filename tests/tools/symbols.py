"""The kernel's own table of symbols: which function, file and line an address is in (core/symbols.h tells the format).

usage: symbols.py pack ELF TOP C_FILE   writes the table of ELF's code as a C array
       symbols.py check ELF TOP         whether the table inside ELF is the one of ELF's code
       symbols.py extract ELF FILE      writes the table inside ELF

TOP is the folder that the paths of sources start from. The kernel is linked twice: without a table, and with the one of the
first link, which stands behind all other read-only data; check proves that no code has moved between the two."""
import collections
import heapq
import pathlib
import sys

from dwarf_lines import Elf, line_rows

FILES_MAX, CODE_BITS_MAX, NAME_BYTES_MAX, FILE_BYTES_MAX = 255, 15, 39, 39
STEP_FAR = 255  # a step of addresses
LINE_FUNCTION, LINE_BACK, LINE_FILE, LINE_FAR, LINE_NEAR = range(5)
LINE_NEAR_MAX = 255 - LINE_NEAR
PADDING_BYTES = 16  # shorter gaps between functions take the line before them
LETTERS, STEPS, LINES = range(3)  # the three codes


def functions(elf):
    """{address: name}. Of a compiler's clone the name that the source has; labels inside a function are none."""
    found = {}
    for value, size, name, in_text in sorted(elf.symbols(), key=lambda symbol: (symbol[0], symbol[2])):
        label = size == 0 and "." in name or name.startswith("image_")  # nasm's; boot/kernel.ld's
        if in_text and not label and value < elf.text_end:
            found.setdefault(value, name.split(".")[0][:NAME_BYTES_MAX])
    return found


def source_path(path, top):
    """What of the path names a file below TOP, without the first folders if that is too long; only the last part if nothing does."""
    parts = [part for part in (path or "").split("/") if part]
    for first in range(len(parts)):
        if (top / "/".join(parts[first:])).is_file():
            while first < len(parts) - 1 and len("/".join(parts[first:])) > FILE_BYTES_MAX:
                first += 1
            return "/".join(parts[first:])[-FILE_BYTES_MAX:]
    return parts[-1][-FILE_BYTES_MAX:] if parts else ""


def known_lines(elf, start):
    """{address: (path, line)} from `start` on, (None, 0) where code ends that the line table knows. Of several rows at one
    address the last one counts; an empty sequence says nothing."""
    rows, ends = {}, {}
    table = list(line_rows(elf))
    for (address, path, line), (after, _, _) in zip(table, table[1:] + [(0, None, 0)]):
        if path is None:
            ends[address] = (None, 0)
        elif start <= address < after:
            rows[address] = (path, line)
    return {address: row for address, row in sorted({**ends, **rows}.items()) if start <= address < elf.text_end}


def source_lines(elf, top, start):
    """{address: (path, line)} from `start` on, where either changes; ("", 0) where no line is known."""
    rows, paths = known_lines(elf, start), {}
    lines, before = {}, None
    for address, after in zip(rows, [*rows, elf.text_end][1:]):
        path, line = rows[address]
        if path not in paths:
            paths[path] = source_path(path, top)
        padding = path is None and after - address < PADDING_BYTES
        if (paths[path], line) != before and not padding:
            lines[address] = before = (paths[path], line)
    return lines


def zigzag(value):
    return 2 * value if value >= 0 else -2 * value - 1


def spell(text):
    return [(LETTERS, letter) for letter in text.encode("ascii") + b"\0"]


def tokens(elf, top):
    """The table as (code, symbol) and (None, (bits, value)), and where it starts."""
    names = functions(elf)
    start = min(names)
    lines = source_lines(elf, top, start)
    files = sorted({path for path, _ in lines.values()})
    assert len(files) <= FILES_MAX and "" not in names.values(), "core/symbols.h has room for fewer"
    out = [(None, (8, len(files)))] + [token for path in files for token in spell(path)]
    address, file, previous, last_lines = start, 0, 0, [0] * len(files)
    row = ("", 0)
    for at in sorted(set(names) | set(lines)):
        out += [(STEPS, at - address)] if at - address < STEP_FAR else [(STEPS, STEP_FAR), (None, (16, at - address))]
        address = at
        if at in names:
            out += [(LINES, LINE_FUNCTION)] + spell(names[at])
        row = lines.get(at, row)
        wanted = files.index(row[0]) if row[0] in files else file
        if wanted != file:
            out += [(LINES, LINE_BACK)] if wanted == previous else [(LINES, LINE_FILE), (None, (8, wanted))]
            file, previous = wanted, file
        step = zigzag(row[1] - last_lines[file])
        far = [(LINES, LINE_FAR), (None, (16, row[1]))]
        out += [(LINES, LINE_NEAR + step)] if step <= LINE_NEAR_MAX else far
        last_lines[file] = row[1]
    rest = elf.text_end - address
    out += [(STEPS, rest)] if rest < STEP_FAR else [(STEPS, STEP_FAR), (None, (16, rest))]
    return start, out


def code_lengths(counts):
    """{symbol: bits} of a Huffman code, at most CODE_BITS_MAX long. The same for the same counts."""
    counts = dict(counts)
    while True:
        heap = [(count, (symbol,)) for symbol, count in sorted(counts.items())]
        lengths = dict.fromkeys(counts, 1 if len(counts) == 1 else 0)
        heapq.heapify(heap)
        while len(heap) > 1:
            (some, left), (more, right) = heapq.heappop(heap), heapq.heappop(heap)
            for symbol in left + right:
                lengths[symbol] += 1
            heapq.heappush(heap, (some + more, left + right))
        if max(lengths.values(), default=0) <= CODE_BITS_MAX:
            return lengths
        counts = {symbol: count // 2 + 1 for symbol, count in counts.items()}


def canonical(lengths):
    """(how many codes have each length, symbols in the order of their codes, {symbol: (bits, code)})"""
    order = sorted(lengths, key=lambda symbol: (lengths[symbol], symbol))
    counts = [list(lengths.values()).count(bits) for bits in range(1, CODE_BITS_MAX + 1)]
    codes, code, bits = {}, 0, 0
    for symbol in order:
        code <<= lengths[symbol] - bits
        bits = lengths[symbol]
        codes[symbol] = (bits, code)
        code += 1
    return counts, order, codes


def pack(elf, top):
    start, stream = tokens(elf, top)
    out = start.to_bytes(8, "little") + (elf.text_end - start).to_bytes(4, "little")
    codes = []
    for which in (LETTERS, STEPS, LINES):
        counts = collections.Counter(symbol for code, symbol in stream if code == which)
        per_length, order, code = canonical(code_lengths(counts))
        out += bytes(per_length) + bytes(order)
        codes.append(code)
    bits = "".join(
        f"{value:0{width}b}" for width, value in (token if code is None else codes[code][token] for code, token in stream)
    )
    bits += "0" * (-len(bits) % 8)
    return out + int(bits, 2).to_bytes(len(bits) // 8, "big")


def open_elf(path):
    elf = Elf(pathlib.Path(path).read_bytes())
    header = elf.by_name[".text"]
    marks = {name: value for value, _, name, _ in elf.symbols() if name.startswith("image_")}
    elf.text_end = header[3] + header[5]
    elf.table = elf.at(marks["image_symbols"], marks["image_symbols_end"])
    return elf


def write_c(table, path):
    rows = [", ".join(f"{byte}" for byte in table[at : at + 24]) for at in range(0, len(table), 24)]
    text = 'const unsigned char symbols_packed[] __attribute__((section(".symbols"), aligned(1))) = {\n' + ",\n".join(rows) + "};\n"
    pathlib.Path(path).write_text(text, "ascii")


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    action, elf = sys.argv[1], open_elf(sys.argv[2])
    if action == "extract":
        pathlib.Path(sys.argv[3]).write_bytes(elf.table)
        return
    table = pack(elf, pathlib.Path(sys.argv[3]))
    if action == "pack":
        write_c(table, sys.argv[4])
    elif table != elf.table:
        sys.exit(f"symbols.py: the table inside {sys.argv[2]} is not the one of its code")


if __name__ == "__main__":
    main()
