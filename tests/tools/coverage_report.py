#!/usr/bin/env python3
"""Prints branch coverage by file, and holds what is left against its explanations.

usage: coverage_report.py GCOVR.json EXPLANATIONS.md

The explanations stand under a heading with the file's name, one item a line of code, by its text and not by its number:

    ## mm/heap.c
    - `if (blocks == 0) {`: why no test gets there

Exit status 1: a branch is left without an explanation, or an explanation has lost its branch.
"""
import json
import re
import sys


def explained(path):
    """The (file, line of code) pairs of the document."""
    found = set()
    name = None
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            heading = re.match(r"## `?([\w./-]+)`?$", line.rstrip())
            item = re.match(r"- (`+) ?(.*?) ?\1: ", line)
            if heading:
                name = heading.group(1)
            elif line.startswith("#"):
                name = None
            elif item and name:
                found.add((name, item.group(2)))
    return found


def source_line(name, number):
    with open(name, encoding="utf-8") as file:
        return file.read().split("\n")[number - 1].strip()


def left_over(file):
    """(line number, text, branches not taken) for each line that has some, or was not run at all."""
    for line in file["lines"]:
        if line.get("gcovr/noncode"):
            continue
        missed = sum(1 for branch in line["branches"] if branch["count"] == 0)
        if missed or line["count"] == 0:
            yield line["line_number"], source_line(file["file"], line["line_number"]), missed


def share(part, whole):
    return "%5.1f %%" % (100.0 * part / whole) if whole else "      -"


def print_file(file):
    lines = [line for line in file["lines"] if not line.get("gcovr/noncode")]
    branches = [branch for line in lines for branch in line["branches"]]
    run = sum(1 for line in lines if line["count"])
    taken = sum(1 for branch in branches if branch["count"])
    print("%-24s lines %4u/%-4u %s   branches %4u/%-4u %s" % (
        file["file"], run, len(lines), share(run, len(lines)), taken, len(branches), share(taken, len(branches))))
    return taken, len(branches)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as report:
        files = sorted(json.load(report)["files"], key=lambda file: file["file"])
    reasons = explained(sys.argv[2])
    taken = total = 0
    unexplained = []
    met = set()
    for file in files:
        counts = print_file(file)
        taken, total = taken + counts[0], total + counts[1]
        for number, text, missed in left_over(file):
            met.add((file["file"], text))
            if (file["file"], text) not in reasons:
                unexplained.append("%s:%u: %u branches not taken: %s" % (file["file"], number, missed, text))
    print("%-24s %30s branches %4u/%-4u %s" % ("all", "", taken, total, share(taken, total)))
    stale = ["%s: explained, but covered or gone: %s" % pair for pair in sorted(reasons - met)]
    for line in unexplained + stale:
        print(line)
    return 1 if unexplained or stale else 0


if __name__ == "__main__":
    sys.exit(main())
