"""What an x86-64 ELF file says of its code: symbols, and the rows of its line table (DWARF 2 to 5: gcc, clang, nasm)."""
import struct

SHT_SYMTAB, SHT_NOBITS, SHN_ABS = 2, 8, 0xFFF1
LNCT_PATH, LNCT_DIRECTORY = 1, 2
FORM_BLOCK, FORM_DATA2, FORM_DATA4, FORM_DATA8 = 0x09, 0x05, 0x06, 0x07
FORM_STRING, FORM_DATA1, FORM_STRP, FORM_UDATA, FORM_DATA16, FORM_LINE_STRP = 0x08, 0x0B, 0x0E, 0x0F, 0x1E, 0x1F


class Reader:
    """Little-endian numbers out of bytes, one after the other."""

    def __init__(self, data, at=0, end=None):
        self.data, self.at, self.end = data, at, len(data) if end is None else end

    def number(self, size, signed=False):
        self.at += size
        return int.from_bytes(self.data[self.at - size : self.at], "little", signed=signed)

    def leb(self, signed=False):
        value = shift = 0
        while True:
            byte = self.number(1)
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value - (1 << shift) if signed and byte & 0x40 else value

    def text(self):
        start, self.at = self.at, self.data.index(b"\0", self.at) + 1
        return self.data[start : self.at - 1].decode()


class Elf:
    """Sections and symbols; only 64-bit little-endian files come here."""

    def __init__(self, data):
        self.data = data
        table, size, count, names = struct.unpack_from("<Q10xHHH", data, 0x28)
        self.headers = [struct.unpack_from("<IIQQQQIIQQ", data, table + i * size) for i in range(count)]
        strings = self.bytes(self.headers[names])
        self.by_name = {Reader(strings, header[0]).text(): header for header in self.headers}

    def bytes(self, header):
        return b"" if header[1] == SHT_NOBITS else self.data[header[4] : header[4] + header[5]]

    def section(self, name):
        return self.bytes(self.by_name[name]) if name in self.by_name else b""

    def at(self, start, end):
        """The bytes of a section between two addresses."""
        for header in self.headers:
            if header[3] and header[3] <= start <= end <= header[3] + header[5]:
                return self.bytes(header)[start - header[3] : end - header[3]]
        return b""

    def symbols(self):
        """(value, size, name, is code's) of each symbol that has a name and a section."""
        text = self.by_name[".text"]
        for header in self.headers:
            if header[1] != SHT_SYMTAB:
                continue
            strings = self.bytes(self.headers[header[6]])
            for name, info, _, section, value, size in struct.iter_unpack("<IBBHQQ", self.bytes(header)):
                if name and section not in (0, SHN_ABS) and info & 15 < 3:
                    yield value, size, Reader(strings, name).text(), self.headers[section] is text


def read_form(elf, reader, form):
    if form in (FORM_STRP, FORM_LINE_STRP):
        strings = elf.section(".debug_str" if form == FORM_STRP else ".debug_line_str")
        return Reader(strings, reader.number(4)).text()
    if form == FORM_STRING:
        return reader.text()
    if form == FORM_UDATA:
        return reader.leb()
    if form == FORM_BLOCK:
        return reader.number(reader.leb())
    return reader.number({FORM_DATA1: 1, FORM_DATA2: 2, FORM_DATA4: 4, FORM_DATA8: 8, FORM_DATA16: 16}[form])


def read_entries(elf, reader):
    """DWARF 5's lists of directories and of files: one {content: value} each."""
    formats = [(reader.leb(), reader.leb()) for _ in range(reader.number(1))]
    return [{kind: read_form(elf, reader, form) for kind, form in formats} for _ in range(reader.leb())]


def read_files(elf, reader, version):
    """The path of each file, in the order of their numbers."""
    if version >= 5:
        folders = [entry[LNCT_PATH] for entry in read_entries(elf, reader)]
        return [f"{folders[e.get(LNCT_DIRECTORY, 0)]}/{e[LNCT_PATH]}" for e in read_entries(elf, reader)]
    folders, files = [""], [""]  # folder 0 is where the compiler ran; file numbers start with 1
    while folder := reader.text():
        folders.append(folder)
    while name := reader.text():
        files.append(f"{folders[reader.leb()]}/{name}")
        reader.leb(), reader.leb()  # time and length
    return files


def run(reader, files, minimum, line_base, line_range, lengths):
    """The rows of one program: (address, file, line), and (address, None, 0) where a sequence ends."""
    fresh = (0, 1, 1)
    address, file, line = fresh
    opcode_base = len(lengths) + 1
    while reader.at < reader.end:
        code = reader.number(1)
        if code >= opcode_base:  # a special opcode: both steps, and a row
            code -= opcode_base
            address += code // line_range * minimum
            line += line_base + code % line_range
            yield address, files[file], line
        elif code == 0:
            size = reader.leb()
            after = reader.at + size
            kind = reader.number(1)
            if kind == 1:
                yield address, None, 0
                address, file, line = fresh
            elif kind == 2:
                address = reader.number(8)
            reader.at = after
        elif code == 1:
            yield address, files[file], line
        elif code == 2:
            address += reader.leb() * minimum
        elif code == 3:
            line += reader.leb(signed=True)
        elif code == 4:
            file = reader.leb()
        elif code == 8:  # the step of special opcode 255
            address += (255 - opcode_base) // line_range * minimum
        elif code == 9:
            address += reader.number(2)
        else:
            for _ in range(lengths[code - 1]):
                reader.leb()


def line_rows(elf):
    """(address, path, line), path None where code ends that the table knows, in the order of the table."""
    reader = Reader(elf.section(".debug_line"))
    while reader.at < reader.end:
        size = reader.number(4)
        unit = Reader(reader.data, reader.at, reader.at + size)
        reader.at += size
        version = unit.number(2)
        if version >= 5:
            unit.number(2)  # sizes of an address and of a segment selector
        header_bytes = unit.number(4)
        program = unit.at + header_bytes
        minimum = unit.number(1)
        unit.number(1 if version < 4 else 2)  # operations an instruction; is_stmt at first
        line_base, line_range, opcode_base = unit.number(1, signed=True), unit.number(1), unit.number(1)
        lengths = [unit.number(1) for _ in range(opcode_base - 1)]
        files = read_files(elf, unit, version)
        unit.at = program
        yield from run(unit, files, minimum, line_base, line_range, lengths)
