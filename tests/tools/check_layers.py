"""The rules of the layout that no compiler checks: who includes whom, where machine instructions stand, what may not
stand anywhere. usage: check_layers.py. Prints "FILE:LINE: rule" for each breach; exit status 1 when there is one."""
import os
import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
FOLDERS = {".ci", ".vscode", "boot", "core", "docs", "ipc", "mm", "servers", "tests"}
FREESTANDING = {"assert.h", "limits.h", "stdarg.h", "stdbool.h", "stddef.h", "stdint.h"}
FILE_LINES_MAX = 400

# Which headers each folder may include, as prefixes. The right may include the left; core/main.c sees everything, core/hooks.c what core and mm ask of each other.
MAY_INCLUDE = {
    "boot": ("boot/",),
    "core": ("boot/", "core/"),
    "mm": ("boot/handoff.h", "boot/layout.h", "core/assert.h", "core/config.h", "core/status.h", "mm/"),
    "ipc": ("boot/layout.h", "core/", "mm/", "ipc/"),
    "servers": ("ipc/", "mm/kheap.h", "core/status.h", "core/keyboard.h", "core/ring.h", "core/text_screen.h", "core/uart.h", "servers/"),
    "tests": ("boot/", "core/", "mm/", "ipc/", "servers/", "tests/"),
}
EXCEPTIONS = {
    "core/main.c": ("boot/", "core/", "mm/", "ipc/", "servers/"),
    "core/hooks.c": ("boot/", "core/", "mm/"),
    "servers/bench.c": MAY_INCLUDE["servers"] + ("core/",),  # of the kernel
    "mm/kernel_space.c": MAY_INCLUDE["mm"] + ("core/cpu.h",),  # address spaces
}
# The server library makes a heap of the kernel heap's own sources.
LIBRARY = "servers/library/"
MAY_INCLUDE_LIBRARY = MAY_INCLUDE["servers"] + ("core/assert.h", "core/config.h", "mm/")
SERVERS_OF_TESTS = "tests/servers/"
MADE_FOR_ONE = "manifest.h"  # of each server, its own: what it may name
UNCONDITIONAL = ("mm", "ipc", "servers")
MACHINE_CODE = ("core/cpu.h",)

INCLUDE = re.compile(r'\s*#\s*include\s+(["<])([^">]+)[">]')
CONDITIONAL = re.compile(r"\s*#\s*(if|ifdef|ifndef|elif)\b")
ASSEMBLY = re.compile(r"\b(asm|__asm__|__asm)\b\s*(volatile|__volatile__)?\s*\(")
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
MACHINE_PATH = re.compile(r"(?<![\w.])/(home|root|Users)/\w")


def sources():
    """(path from the top, lines) of every text file of the project."""
    for folder, names, files in os.walk(TOP):
        names[:] = sorted(name for name in names if name not in (".git", "build", "__pycache__"))
        for name in sorted(files):
            path = pathlib.Path(folder, name)
            try:
                yield path.relative_to(TOP).as_posix(), path.read_text("utf-8").splitlines()
            except UnicodeDecodeError:
                continue


def include_breach(path, kind, header):
    folder = path.split("/")[0]
    if path.startswith(SERVERS_OF_TESTS):
        folder = "servers"
        if header.startswith(path.removeprefix(SERVERS_OF_TESTS).split("/")[0] + "/"):
            return None  # as a server outside the tree names what is its own
    if folder not in MAY_INCLUDE:
        return None
    if kind == "<":
        hosted = folder == "tests" or header in FREESTANDING
        return None if hosted else f"<{header}> is not there without an operating system"
    if folder == "servers" and header == MADE_FOR_ONE:
        return None
    if not (TOP / header).exists() and folder != "tests":
        return f'"{header}" is not a path from the top'
    usual = MAY_INCLUDE_LIBRARY if path.startswith(LIBRARY) else MAY_INCLUDE[folder]
    allowed = EXCEPTIONS.get(path, usual)
    return None if header.startswith(allowed) else f'{folder}/ may not include "{header}"'


def c_breaches(path, lines):
    folder = path.split("/")[0]
    if path.endswith(".h") and "#pragma once" not in lines and not path.endswith(".def.h"):
        yield 1, "a header needs #pragma once"
    for number, line in enumerate(lines, 1):
        include = INCLUDE.match(line)
        if include and (breach := include_breach(path, include[1], include[2])):
            yield number, breach
        if folder in UNCONDITIONAL and CONDITIONAL.match(line):
            yield number, f"no conditional compilation in {folder}/"
        if path not in MACHINE_CODE and ASSEMBLY.search(line):
            yield number, "machine instructions stand in *.asm and core/cpu.h"


def text_breaches(path, lines):
    here = str(TOP.parent) + "/" if len(TOP.parent.parts) > 1 else "\0"
    for number, line in enumerate(lines, 1):
        if UNFINISHED.search(line):
            yield number, "a note of unfinished work"
        if MACHINE_PATH.search(line) or here in line:
            yield number, "a path of one machine"
        if line != line.rstrip() or "\t" in line and not path.endswith(("Makefile", ".jsonl")):
            yield number, "a tab, or a space at the end"
    if path.endswith((".c", ".h", ".asm", ".py", ".sh")) and len(lines) > FILE_LINES_MAX:
        yield FILE_LINES_MAX, f"more than {FILE_LINES_MAX} lines: two ideas in one file"


def breaches():
    for entry in sorted(TOP.iterdir()):
        if entry.is_dir() and entry.name not in FOLDERS | {".git", "build"}:
            yield f"{entry.name}/: the layout has no such folder"
    for path, lines in sources():
        found = list(text_breaches(path, lines))
        if path.endswith((".c", ".h")):
            found += c_breaches(path, lines)
        for number, rule in found:
            yield f"{path}:{number}: {rule}"


def main():
    found = list(breaches())
    print("\n".join(found), end="\n" if found else "")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
