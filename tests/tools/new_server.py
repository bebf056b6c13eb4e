#!/usr/bin/env python3
"""Makes a server that builds and passes its test: a counter, to be changed into what it is to be.

usage: new_server.py NAME kernel|user FOLDER

FOLDER has the manifest. Nothing that exists is overwritten, and nothing is left behind when it fails.

Exit status: 0 made, 1 it could not be made, 2 wrong usage.
"""
import os
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from manifest import name_mistake, read_manifests  # noqa: E402

SECTION = """
[{name}]
sources  = {name}.c
mode     = {mode}
priority = 11
stack    = 2
quota    = 48
restart  = always
"""

MESSAGES = """\
/* What {name} is asked.
 *
 *   {name}_add   adds to what it has counted: the sum so far */
#pragma once

#include "servers/library/messages.h"

/* clang-format off */
#define {NAME}_MESSAGES(X) \\
    X(1, {name}_add, ASK(uint64_t amount;), ANSWER(uint64_t sum;))
/* clang-format on */

{NAME}_MESSAGES(MESSAGE_DECLARE)
"""

SOURCE = """\
/* Counts. */
#include "servers/{name}/messages.h"

#include "servers/library/server.h"

struct {name} {{
    uint64_t sum;
}};

static int on_{name}_add(struct {name} *{name}, union {name}_add *it)
{{
    {name}->sum += it->ask.amount;
    it->answer.sum = {name}->sum;
    return 0;
}}

MESSAGE_HANDLER(handle, struct {name}, {NAME}_MESSAGES)

void server_run(void)
{{
    struct {name} {name} = {{0}};
    server_loop(&(struct server){{.handle = handle, .state = &{name}, .patience = IPC_FOREVER}});
}}
"""

CONVERSATION = """\
# Who says what to whom: a number of its message and its words, and the status and words of the answer.
test -> {name} 1: 5
test <- {name} 0: 5
test -> {name} 1: 2
test <- {name} 0: 7
# A message that there is not.
test -> {name} 9: 2
test <- {name} -1:
"""

PARTS = (("messages.h", MESSAGES), ("{name}.c", SOURCE), ("conversation", CONVERSATION))


def say(message):
    print(f"tessera: {message}", file=sys.stderr)


def append(path, text):
    """All of it or nothing."""
    with open(path, encoding="utf-8") as file:
        whole = file.read() + text
    with tempfile.NamedTemporaryFile("w", dir=os.path.dirname(path), delete=False, encoding="utf-8") as file:
        file.write(whole)
    os.chmod(file.name, os.stat(path).st_mode)
    os.replace(file.name, path)


def make(name, mode, folder):
    manifest = os.path.join(folder, "manifest")
    words = {"name": name, "NAME": name.upper(), "mode": mode}
    place = os.path.join(folder, name)
    os.mkdir(place)
    for path, text in PARTS:
        with open(os.path.join(place, path.format(**words)), "w", encoding="utf-8") as file:
            file.write(text.format(**words))
    append(manifest, SECTION.format(**words))
    return [place, manifest]


def main():
    if len(sys.argv) != 4 or sys.argv[2] not in ("kernel", "user"):
        say("usage: new_server.py NAME kernel|user FOLDER")
        return 2
    name, mode, folder = sys.argv[1:]
    mistake = name_mistake(name)
    if mistake:
        say(mistake)
        return 2
    try:
        servers, _ = read_manifests([os.path.join(folder, "manifest")])
        if any(server.name == name for server in servers):
            say(f"there is a server '{name}' in the manifest already")
            return 1
        for path in make(name, mode, folder):
            print(path)
    except FileExistsError as problem:
        say(f"{problem.filename} exists, and is not overwritten")
        return 1
    except OSError as problem:
        say(f"cannot write '{problem.filename}': {problem.strerror}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
