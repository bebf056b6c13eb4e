#!/usr/bin/env python3
"""Turns tests/maps/*.jsonl into one C file with the tables that tests/maps.h declares.

usage: maps_to_c.py OUTPUT REAL.jsonl QUIRKS.jsonl
"""
import json
import sys

# Expected answers are cut there, as the map is: no x86-64 processor has more physical address bits.
TOP = 1 << 52
PAGE = 4096


def number(text):
    return int(text, 16)


def ranges(items):
    """Half-open, clipped ranges; what lies wholly above TOP is left out."""
    for item in items:
        start = number(item["base"])
        end = min(start + number(item["length"]), TOP)
        if start < end:
            yield start, end


def entry(item):
    """Attribute words exist only in answers of 24 bytes; a 20-byte answer keeps the buffer's stale word."""
    size = item.get("size", 20)
    return "{%#xu, %#xu, %#xu, %u, %#xu}" % (
        number(item["base"]), number(item["length"]), item["type"], size, item.get("attr", 1))


def table(out, kind, name, rows):
    """Writes one table and returns the two initialisers that refer to it."""
    rows = list(rows)
    if not rows:
        return "NULL, 0"
    out.append("static const struct %s %s[] = {" % (kind, name))
    out.extend("    %s," % row for row in rows)
    out.append("};")
    return "%s, %u" % (name, len(rows))


def range_rows(items, whole_pages):
    for start, end in ranges(items):
        if whole_pages and (start % PAGE or end % PAGE):
            raise ValueError("an expected range is not page-aligned: %#x-%#x" % (start, end))
        yield "{%#xu, %#xu}" % (start, end)


def convert(out, path, prefix):
    known = []
    with open(path, encoding="utf-8") as lines:
        for index, line in enumerate(lines):
            item = json.loads(line)
            expected = item.get("expected_usable")
            name = "%s_%u" % (prefix, index)
            fields = [json.dumps(item["name"]),
                      table(out, "firmware_entry", name + "_entries", map(entry, item["entries"])),
                      "true" if expected is not None else "false"]
            for key, whole_pages in (("expected_usable", True), ("upper_bound", False),
                                     ("must_include", False), ("kernel", True)):
                rows = range_rows(item.get(key) or [], whole_pages)
                fields.append(table(out, "range", name + "_" + key, rows))
            known.append("    {%s}," % ", ".join(fields))
    out.append("const struct known_map %s_maps[] = {" % prefix)
    out.extend(known)
    out.append("};")
    out.append("const size_t %s_map_count = %u;" % (prefix, len(known)))


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    output, real, quirks = sys.argv[1:]
    out = ["/* Made from tests/maps by tests/tools/maps_to_c.py. */",
           '#include "tests/maps.h"', ""]
    convert(out, real, "real")
    convert(out, quirks, "quirk")
    with open(output, "w", encoding="utf-8") as file:
        file.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main()
