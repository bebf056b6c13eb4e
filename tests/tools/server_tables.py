#!/usr/bin/env python3
"""Checks the manifest of the servers (manifest.py) and makes what the build needs of it.

usage: server_tables.py [--out FOLDER] [--mode MODE] MANIFEST...

MODE, kernel or user, goes before what the manifests say.

In the folder, each file written only where it changes:
  NAME/manifest.h     for the server alone: a constant for each handle that it has, and who it can be that calls it
  table.c             server_descriptions (ipc/server.h) as the kernel runs them
  table_host.c        the same with every server linked as a function, for host mode
  images.inc          the images of servers in ring 3, for servers/images.asm
  servers.cmake       a call of tessera_server(NAME MODE FOLDER SOURCE...) for each

Exit status: 0; 1 mistakes, each told as FILE:LINE: sentence; 2 wrong usage, or a file that cannot be read.
"""
import argparse
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
from manifest import FIGURES, KERNEL, read_manifests  # noqa: E402

MADE = "Made of the manifest by tests/tools/server_tables.py."
BADGE_OF_TEST = 0xFFFF  # of who plays a conversation (tests/)
KERNELS = {KERNEL: "SERVER_OF_KERNEL", FIGURES: "SERVER_OF_FIGURES"}
RESTART = {"always": "SERVER_RESTARTS", "never": "SERVER_STAYS_ENDED"}
HEADER = """\
/* What the server '{name}' may name, and who may name it. {made} */
#pragma once

#include "ipc/message.h"

{handles}
/* Who calls, by the badge of the message; for reports. */
static inline const char *caller_name(uint64_t badge)
{{
    switch (badge) {{
{callers}    case {test}: return "test";
    default: return "nobody";
    }}
}}
"""
TABLE = """\
/* {made} */
#include "core/device.h"
#include "ipc/handle.h"
#include "ipc/server.h"

{declarations}
const struct server_description server_descriptions[] = {{
{rows}}};
const uint16_t server_count = {count};
"""


def rights_of(call):
    return " | ".join("HANDLE_" + right.upper() for right in call.rights)


def badge_of(servers, server):
    return servers.index(server) + 1


def header(servers, server):
    handles = "".join(
        f"#define {call.to.upper()}_HANDLE (UINT64_C(1) << HANDLE_SLOT_BITS | {number}) /* {' '.join(call.rights)} */\n"
        for number, call in enumerate(server.calls)
    )
    callers = "".join(
        f'    case {badge_of(servers, other)}: return "{other.name}";\n'
        for other in servers if any(call.to == server.name for call in other.calls)
    )
    return HEADER.format(name=server.name, made=MADE, handles=handles, callers=callers, test=BADGE_OF_TEST)


def lists_of(servers, server):
    """The declarations of its lists, and the fields of its row that name them."""
    rows = KERNELS | {other.name: row for row, other in enumerate(servers)}
    declarations = fields = ""
    if server.calls:
        items = ", ".join(
            f"{{{rows[call.to]}, {rights_of(call)}, {badge_of(servers, server)}}}"
            for call in server.calls
        )
        declarations += f"static const struct server_may_call {server.name}_may_call[] = {{{items}}};\n"
        fields += f".may_call = {server.name}_may_call, .may_call_count = {len(server.calls)}, "
    if server.handles:
        fields += f".handles = {server.handles}, "
    if server.devices:
        items = ", ".join(f"{{DEVICE_{device.kind.upper()}, {device.start:#x}, {device.end - device.start:#x}}}" for device in server.devices)
        declarations += f"static const struct server_device {server.name}_devices[] = {{{items}}};\n"
        fields += f".devices = {server.name}_devices, .device_count = {len(server.devices)}, "
    return declarations, fields


def code_of(server, host):
    """The same for what it runs."""
    name = server.name
    if host:
        return f"void {name}_run(void);\n", f".run = {name}_run, "
    if server.mode == "user":
        return f"extern const uint8_t {name}_image[], {name}_image_end[];\n", f".image = {name}_image, .image_end = {name}_image_end, "
    return (f"void {name}_run(void);\nextern uint8_t {name}_data[], {name}_data_end[], {name}_bss[], {name}_bss_end[];\n",
            f".run = {name}_run, .data = {name}_data, .data_end = {name}_data_end, .bss = {name}_bss, .bss_end = {name}_bss_end, ")


def table(servers, host):
    declarations = rows = ""
    for server in servers:
        code, code_fields = code_of(server, host)
        lists, list_fields = lists_of(servers, server)
        declarations += code + lists
        rows += (f'    {{.name = "{server.name}", .mode = SERVER_{"KERNEL" if host else server.mode.upper()}, '
                 f".restart = {RESTART[server.restart]}, .priority = {server.priority}, .stack_blocks = {server.stack}, "
                 f".quota_blocks = {server.quota}, {code_fields}{list_fields}}},\n")
    return TABLE.format(made=MADE, declarations=declarations, rows=rows, count=len(servers))


def images(servers):
    return f"; {MADE}\n" + "".join(f'        image {server.name}, "{server.name}.server"\n' for server in servers if server.mode == "user")


def cmake(servers):
    lines = [f"# {MADE}\n"]
    for server in servers:
        folder = os.path.dirname(os.path.abspath(server.folder))
        sources = " ".join(f'"{os.path.join(folder, server.name, source)}"' for source in server.sources)
        lines.append(f'tessera_server({server.name} {server.mode} "{folder}" {sources})\n')
    return "".join(lines)


def write(path, text):
    """Leaves a file alone that is so already: nothing is built again for it."""
    try:
        with open(path, encoding="utf-8") as file:
            if file.read() == text:
                return
    except FileNotFoundError:
        os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def write_all(servers, folder):
    for server in servers:
        write(os.path.join(folder, server.name, "manifest.h"), header(servers, server))
    write(os.path.join(folder, "table.c"), table(servers, host=False))
    write(os.path.join(folder, "table_host.c"), table(servers, host=True))
    write(os.path.join(folder, "images.inc"), images(servers))
    write(os.path.join(folder, "servers.cmake"), cmake(servers))


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--out")
    parser.add_argument("--mode", choices=("kernel", "user", ""), default="")
    parser.add_argument("manifests", nargs="+", metavar="MANIFEST")
    arguments = parser.parse_args()
    try:
        servers, mistakes = read_manifests(arguments.manifests, arguments.mode)
        for mistake in mistakes:
            print(mistake, file=sys.stderr)
        if mistakes:
            return 1
        if arguments.out:
            write_all(servers, arguments.out)
    except (OSError, UnicodeDecodeError) as problem:
        print(f"tessera: {problem}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
