#!/usr/bin/env python3
"""Plants a defect in a copy of a source file, so that the tests can show that they would notice it.

usage: plant_defect.py DEFECTS.json                          lists NAME;FILE of each, for CMake
       plant_defect.py DEFECTS.json NAME SOURCE_ROOT OUTPUT  writes the copy of the defect's file

A defect replaces a text that stands exactly once in its file. When the code has changed so that this is no longer so,
that is an error: the defect has to follow the code.
"""
import json
import os
import sys


def load(path):
    with open(path, encoding="utf-8") as file:
        defects = json.load(file)
    names = [defect["name"] for defect in defects]
    if len(set(names)) != len(names):
        sys.exit("%s: two defects have one name" % path)
    return {defect["name"]: defect for defect in defects}


def plant(defect, root):
    path = os.path.join(root, defect["file"])
    with open(path, encoding="utf-8") as file:
        source = file.read()
    count = source.count(defect["find"])
    if count != 1:
        sys.exit("defect %s: its text stands %u times in %s, not once:\n%s"
                 % (defect["name"], count, defect["file"], defect["find"]))
    return source.replace(defect["find"], defect["replace"])


def main():
    arguments = sys.argv[1:]
    if len(arguments) == 1:
        for defect in load(arguments[0]).values():
            print("%s;%s" % (defect["name"], defect["file"]))
    elif len(arguments) == 4:
        path, name, root, output = arguments
        text = plant(load(path)[name], root)
        with open(output, "w", encoding="utf-8") as file:
            file.write(text)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
