#!/usr/bin/env python3
"""Turns a pasted memory map into a test: writes tests/test_map_NAME.c, which the build picks up by its name.

usage: new_test.py --planner PLANNER NAME FILE|- [MAP]

The test holds the map as the firmware told it, the usable ranges that Tessera finds in it today, and the number of heap
regions; and it checks every rule of tests/plan_check.h. An existing file is never overwritten.

Exit status: 0 written, 1 it could not be written, 2 unreadable input or wrong usage.
"""
import argparse
import json
import os
import re
import struct
import subprocess
import sys

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
IMAGE = "0x100000-0x140000"  # where mock_start puts it
RECORD = struct.Struct("<QQII")  # MemoryMapEntry
NAME = re.compile(r"[a-z][a-z0-9_]{0,59}\Z")
USABLE_LINE = re.compile(r"  \[0x([0-9a-f]+), 0x([0-9a-f]+)\) .*  usable\Z")

PAGE = """\
/* {name}: what Tessera makes of this machine's memory map.
 * Made by ./tessera new-test from {origin}. */
#include "tests/mock_e820.h"
#include "tests/plan_check.h"

static struct mock machine;

/* clang-format off */
{tables}/* clang-format on */

static int start(void **state)
{{
    (void)state;
    mock_start(&machine);
{feed}    mock_plan(&machine); /* fails when the plan breaks a rule */
    return 0;
}}

static void exactly_the_usable_memory_is_found(void **state)
{{
    (void)state;
{usable}}}

{plan}
int main(void)
{{
    const struct CMUnitTest tests[] = {{
        cmocka_unit_test_setup(exactly_the_usable_memory_is_found, start),
        cmocka_unit_test_setup({plan_name}, start),
    }};
    return cmocka_run_group_tests(tests, NULL, NULL);
}}
"""

PLANNED = """\
static void the_heap_takes_what_is_eligible(void **state)
{{
    (void)state;
    assert_int_equal(machine.plan.verdict, PLAN_OK);
    assert_int_equal(machine.plan.usable_bytes, UINT64_C({usable_bytes}));
    assert_int_equal(machine.plan.region_count, {regions});
    assert_null(plan_check_yield(&machine.plan));
}}
"""

REFUSED = """\
static void there_is_no_plan(void **state)
{
    (void)state;
    assert_int_not_equal(machine.plan.verdict, PLAN_OK);
}
"""


class Unreadable(Exception):
    pass


def run_planner(planner, options, text, map_name):
    command = [planner, "--image", IMAGE, *options, "--", "-", *([map_name] if map_name else [])]
    result = subprocess.run(command, input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if result.returncode not in (0, 1):
        raise Unreadable(result.stderr.decode("ascii", "replace").strip().removeprefix("tessera: "))
    return result


def table(kind, name, rows):
    return "static const struct %s %s[] = {\n%s};\n" % (kind, name, "".join("    {%s},\n" % row for row in rows))


def map_table(records):
    """The firmware's entries as a table, and the lines that feed it to the mock."""
    if not records:
        return "", ""
    if all(attributes == 1 for _, _, _, attributes in records):
        rows = ["%#x, %#x, %u" % record[:3] for record in records]
        return table("mock_entry", "FIRMWARE", rows), (
            "    mock_map(&machine, FIRMWARE, sizeof FIRMWARE / sizeof FIRMWARE[0]);\n")
    rows = [".base = %#x, .length = %#x, .type = %u, .bytes = 24, .attributes = %#x" % record for record in records]
    rows[-1] += ", .last = true"
    return table("mock_answer", "FIRMWARE", rows), (
        "    for (size_t i = 0; i < sizeof FIRMWARE / sizeof FIRMWARE[0]; i++) {\n"
        "        mock_answer(&machine, &FIRMWARE[i]);\n"
        "    }\n")


def usable_table(lines):
    """The usable ranges in the planner's print of the sanitized map."""
    ranges = [match.groups() for match in map(USABLE_LINE.match, lines) if match]
    if not ranges:
        return "", "    ASSERT_NOTHING_USABLE(&machine);\n"
    rows = ["%#x, %#x" % (int(start, 16), int(end, 16)) for start, end in ranges]
    return table("range", "USABLE", rows), (
        "    mock_assert_usable(&machine, USABLE, sizeof USABLE / sizeof USABLE[0], __FILE__, __LINE__);\n")


def make_page(name, origin, planner, text, map_name):
    told = run_planner(planner, ["--records"], text, map_name)
    sys.stderr.write(told.stderr.decode("ascii", "replace"))
    records = list(RECORD.iter_unpack(told.stdout))
    shown = run_planner(planner, [], text, map_name).stdout.decode("ascii").splitlines()
    certificate = run_planner(planner, ["--json"], text, map_name)
    firmware, feed = map_table(records)
    expected, usable = usable_table(shown)
    plan = REFUSED
    if certificate.returncode == 0:
        planned = json.loads(certificate.stdout)
        plan = PLANNED.format(usable_bytes=planned["usable_bytes"], regions=len(planned["regions"]))
    origin = "%s (%s)" % (origin, shown[0].rstrip(":"))
    return PAGE.format(name=name, origin=origin, tables=firmware + expected, feed=feed, usable=usable, plan=plan,
                       plan_name=re.search(r"void (\w+)\(", plan).group(1))


def read_input(path):
    if path == "-":
        return sys.stdin.buffer.read()
    with open(path, "rb") as file:
        return file.read()


def origin_of(path, map_name):
    """What the comment calls the source: plain, short, and without the folder it lay in."""
    words = "pasted text" if path == "-" else os.path.basename(path)
    words += ", %s" % map_name if map_name else ""
    return re.sub(r"[^A-Za-z0-9 ,._+-]", "_", words)[:48]


def say(message):
    print("tessera: %s" % message, file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(prog="new-test", description="turn a pasted memory map into a test")
    parser.add_argument("--planner", required=True)
    parser.add_argument("name")
    parser.add_argument("file")
    parser.add_argument("map", nargs="?")
    arguments = parser.parse_args()
    if not NAME.match(arguments.name):
        say("'%s' is not a name: lower-case letters, digits and '_', at most 60" % arguments.name)
        return 2
    path = os.path.join(TESTS, "test_map_%s.c" % arguments.name)
    try:
        text = read_input(arguments.file)
        page = make_page(arguments.name, origin_of(arguments.file, arguments.map), arguments.planner, text,
                         arguments.map)
    except OSError as problem:
        say("cannot read '%s': %s" % (arguments.file, problem.strerror))
        return 2
    except Unreadable as problem:
        say(problem)
        return 2
    try:
        with open(path, "x", encoding="ascii") as file:
            file.write(page)
    except FileExistsError:
        say("%s exists, and is not overwritten" % path)
        return 1
    except OSError as problem:
        say("cannot write '%s': %s" % (path, problem.strerror))
        return 1
    print(path)
    return 0


if __name__ == "__main__":
    sys.exit(main())
