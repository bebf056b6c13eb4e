#!/usr/bin/env python3
"""Checks that the stack a server asks for in the manifest is as deep as its deepest path.

usage: server_stacks.py --manifest FILE [--manifest FILE]... NAME OBJECT...

For each object the compiler has left what it calls and what that takes beside it (gcc -fcallgraph-info=su: x.c.o, x.c.ci).
What the compiler cannot know has a rule:
  a call through a pointer    reaches the deepest function of the server of which an address is taken: handlers are such
  a function of others        takes OUTSIDE_BYTES: the deepest is ipc_reply_receive, which may have to take back a page table
                              and report that it cannot, 1608; kmalloc takes 1112
  recursion, and what is      is refused: its depth cannot be told
  as long as it turns out
A thread of the kernel needs KERNEL_BYTES more, for its record and for an interrupt on top of what it does.

Prints the depth. Exit status: 0; 1 a mistake, told as FILE:LINE: sentence; 2 wrong usage, or a file that cannot be read.
"""
import argparse
import os
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from manifest import Mistake, read_manifests  # noqa: E402

ENTRY = "server_run"
BLOCK = 4096
RETURN_BYTES = 8
OUTSIDE_BYTES = 1792
KERNEL_BYTES = 2048
INDIRECT = "__indirect_call"
NODE = re.compile(r'node: \{ title: "([^"]*)" label: "([^"]*)"')
EDGE = re.compile(r'edge: \{ sourcename: "([^"]*)" targetname: "([^"]*)"')
RELOCATIONS = re.compile(r"Relocation section '\.rela([^']*)'")
REFERENCE = re.compile(r"\b(R_X86_64_\w+)\s+[0-9a-f]+ (\S+)")
CALLS = {"R_X86_64_PLT32", "R_X86_64_PC32"}
USAGE = re.compile(r"(\d+) bytes \(([^)]*)\)")


class Unbounded(Exception):
    """A sentence about what has no depth."""


class Graph:
    def __init__(self):
        self.bytes = {}  # of each function that is defined
        self.calls = {}
        self.dynamic = set()
        self.pointed = set()  # names of functions whose address is taken

    def read(self, path):
        """An object, and what the compiler has left beside it."""
        self.pointed |= pointed_at(path)
        with open(os.path.splitext(path)[0] + ".ci", encoding="utf-8") as file:
            text = file.read()
        for title, label in NODE.findall(text):
            usage = USAGE.search(label)
            if usage:
                self.bytes[title] = int(usage[1]) + RETURN_BYTES
                self.calls.setdefault(title, set())
                if usage[2] == "dynamic":
                    self.dynamic.add(title)
        for source, target in EDGE.findall(text):
            self.calls.setdefault(source, set()).add(target)

    def handlers(self):
        return [title for title in self.bytes if plain(title) in self.pointed]

    def depth(self, title, path=()):
        """Bytes of the deepest path from there, and the path."""
        if title in path:
            names = [plain(name) for name in path[path.index(title):] + (title,)]
            raise Unbounded(f"calls itself: {' -> '.join(names)}")
        if title == INDIRECT:
            # A handler that calls through a pointer again reaches others, not itself.
            targets = [handler for handler in self.handlers() if handler not in path]
            return max([self.depth(target, path + (title,)) for target in targets], default=(OUTSIDE_BYTES, ()))
        if title not in self.bytes:
            return OUTSIDE_BYTES, (title,)
        if title in self.dynamic:
            raise Unbounded(f"has a function whose variables are as long as it turns out: {plain(title)}")
        deepest, below = max([self.depth(target, path + (title,)) for target in self.calls[title]], default=(0, ()))
        return self.bytes[title] + deepest, (title,) + below


def pointed_at(path):
    """Names of what the object's code and data refer to other than by a call; each function has a section of its own."""
    listing = subprocess.run(["readelf", "-rW", path], check=True, capture_output=True, text=True).stdout
    names, wanted = set(), False
    for line in listing.splitlines():
        section = RELOCATIONS.match(line)
        if section:
            wanted = not section[1].startswith((".debug", ".eh_frame"))
        reference = REFERENCE.search(line)
        if wanted and reference and reference[1] not in CALLS:
            names.add(reference[2].removeprefix(".text."))
    return names


def plain(title):
    return title.rpartition(":")[2]


def check(server, objects):
    """(depth or None, mistakes)"""
    graph = Graph()
    for path in objects:
        graph.read(path)
    line = server.lines["stack"]
    if ENTRY not in graph.bytes:
        return None, [Mistake(server.file, server.line, f"'{server.name}' has no function {ENTRY}, where it would begin")]
    try:
        depth, path = graph.depth(ENTRY)
    except Unbounded as reason:
        return None, [Mistake(server.file, line, f"'{server.name}' {reason}")]
    need = depth + (KERNEL_BYTES if server.mode == "kernel" else 0)
    if need > server.stack * BLOCK:
        way = " -> ".join(plain(title) for title in path)
        return depth, [Mistake(server.file, line, f"the stack of '{server.name}' has {server.stack * BLOCK} bytes, and needs {need}: {way}")]
    return depth, []


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--manifest", action="append", required=True)
    parser.add_argument("name")
    parser.add_argument("objects", nargs="+", metavar="OBJECT")
    arguments = parser.parse_args()
    try:
        servers, _ = read_manifests(arguments.manifest)
        server = next((server for server in servers if server.name == arguments.name), None)
        if server is None:
            print(f"tessera: there is no server '{arguments.name}'", file=sys.stderr)
            return 2
        depth, mistakes = check(server, arguments.objects)
    except (OSError, UnicodeDecodeError) as problem:
        print(f"tessera: {problem}", file=sys.stderr)
        return 2
    for mistake in mistakes:
        print(mistake, file=sys.stderr)
    if mistakes:
        return 1
    print(f"{server.name}: {depth} bytes of stack")
    return 0


if __name__ == "__main__":
    sys.exit(main())
