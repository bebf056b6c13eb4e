#!/usr/bin/env python3
"""Tests the planner's command line and new_test.py: what they print, and the exit status for good and bad input.

usage: check_planner.py PLANNER

Prints its count as CMocka does. Exit status: 0 all passed, 1 some failed.
"""
import json
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile

TOOLS = pathlib.Path(__file__).resolve().parent
MAPS = TOOLS.parent / "maps" / "maps.jsonl"
IMAGE = ("--image", "0x100000-0x140000")

LOG = """\
[    0.000000] BIOS-provided physical RAM map:
[    0.000000] BIOS-e820: [mem 0x0000000000000000-0x000000000009fbff] usable
[    0.000000] BIOS-e820: [mem 0x0000000000100000-0x0000000007fdffff] usable
"""
LATER = "user: [mem 0x0000000000000000-0x0000000000000fff] reserved\n"
ATTRIBUTES = '{"entries": [{"base": "0x100000", "length": "0x7ee0000", "type": 1, "size": 24, "attr": 0}]}'
NO_ROOM = "SMAP type=01 base=0000000000100000 len=0000000000010000\n"
NOT_THERE = "SMAP type=01 base=0000000000200000 len=0000000000100000\n"


class Planner:
    """The program under test, run in a folder of its own."""

    def __init__(self, program, folder):
        self.program = program
        self.folder = folder
        self.image_file = folder / "kernel.bin"
        self.image_file.write_bytes(struct.pack("<2I2I2Q4I", 0x53534554, 0x41524541, 48, 0x40000, 0, 0, 0, 2, 0, 0))

    def run(self, *arguments, text=""):
        result = subprocess.run([self.program, *arguments], input=text.encode(), stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, check=False, timeout=20, cwd=self.folder)
        return result.returncode, result.stdout.decode("ascii", "replace"), result.stderr.decode("ascii", "replace")


def expect(result, status, out=None, err=None):
    """`out` and `err`: text that is in there, "" for nothing at all."""
    assert result[0] == status, "exit status %d, not %d: %s" % (result[0], status, result[2])
    for wanted, printed in ((out, result[1]), (err, result[2])):
        assert wanted is None or (wanted in printed if wanted else not printed), "%r is not in %r" % (wanted, printed)


def a_plan_shows_map_drawing_and_reasons(planner):
    result = planner.run(*IMAGE, text=LOG)
    expect(result, 0, out="Linux boot log, from line 1:", err="")
    for words in ("tessera-map: source e820 entries 2", "memory map, in whole pages", "never handed out:",
                  "|LxLLLLLLLLLLLLLLKKKKP", "usable, but not for the heap:", "\nheap: 126.1 MiB of 126.8 MiB usable"):
        assert words in result[1], "%r is not shown" % words
    assert max(map(len, result[1].splitlines())) <= 79


def the_certificate_is_one_line_of_json(planner):
    result = planner.run("--json", *IMAGE, "--phys-bits=40", "--page-bits", "30", text=LOG)
    expect(result, 0, err="")
    assert result[1].count("\n") == 1 and " " not in result[1]
    plan = json.loads(result[1])
    assert list(plan) == ["source", "phys_bits", "page_bits", "map_hash", "image", "reserved", "regions",
                          "usable_bytes", "eligible_bytes", "heap_bytes"]
    assert (plan["phys_bits"], plan["page_bits"], plan["image"]) == (40, 30, ["0x100000", "0x140000"])
    assert plan["heap_bytes"] == sum(int(r["end"], 16) - int(r["start"], 16) for r in plan["regions"])


def records_are_packed_as_the_firmware_gives_them(planner):
    result = subprocess.run([planner.program, "--records"], input=LOG.encode(), stdout=subprocess.PIPE, check=True)
    assert list(struct.iter_unpack("<QQII", result.stdout)) == [(0, 0x9FC00, 1, 1), (0x100000, 0x7EE0000, 1, 1)]


def a_map_is_picked_by_its_name(planner):
    expect(planner.run(*IMAGE, MAPS, "bochs-32mib"), 0, out="JSON, from line")
    expect(planner.run(*IMAGE, MAPS), 2, out="", err="148 maps, and no NAME to pick one: ")
    expect(planner.run(*IMAGE, MAPS, "nobody"), 2, out="", err="no map is named 'nobody'")


def the_loaders_rules_place_a_built_image(planner):
    expect(planner.run("--json", "--image-file", planner.image_file, text=LOG), 0, out='"image":["0x100000","0x140000"]')
    expect(planner.run("--image-file", planner.image_file, text=NOT_THERE), 1,
           err="refused: the kernel image has no place: the memory at 1 MiB is not usable")
    expect(planner.run("--image-file", MAPS, text=LOG), 2, out="", err="is not a kernel image")
    expect(planner.run(text=LOG), 2, out="", err="where is the kernel image?")


def a_refused_plan_says_why(planner):
    result = planner.run("--image", "0x100000-0x110000", text=NO_ROOM)
    expect(result, 1, out="no plan:\n", err="tessera: refused: ")
    expect(planner.run("--json", "--image", "0x100000-0x110000", text=NO_ROOM), 1, out="", err="tessera: refused: ")
    expect(planner.run(*IMAGE, text="tessera-map: source none entries 0\n"), 1, err="no memory at or above 1 MiB")


def unreadable_input_names_the_line(planner):
    expect(planner.run(*IMAGE, text=LOG + LOG[:-20]), 0)
    expect(planner.run(*IMAGE, text=LOG[:-20]), 2, out="", err="tessera: line 3: the line is cut off or damaged: '[  ")
    expect(planner.run(*IMAGE, text="nothing\n"), 2, out="", err="line 1: from here to the end there is no memory map")
    expect(planner.run(*IMAGE, "no such file"), 2, out="", err="tessera: cannot read 'no such file': No such file or directory\n")
    expect(planner.run(*IMAGE, "."), 2, out="", err="cannot read '.': Is a directory")


def what_was_not_taken_as_it_stood_is_said(planner):
    expect(planner.run(*IMAGE, text=LOG + LATER), 0, err="tessera: note: the first list counts; 1 line of later lists ignored, from line 4 on")
    expect(planner.run(*IMAGE, text=LOG.split("\n", 1)[1]), 0, err="tessera: note: line 1 begins the list")
    expect(planner.run(*IMAGE, text=ATTRIBUTES), 0, err="tessera: note: attribute bit 0 is clear in every usable entry")
    expect(planner.run(*IMAGE, "--phys-bits", "64", text=LOG), 0, err="tessera: note: no processor has more than 52")


def wrong_usage_names_the_option(planner):
    for arguments, problem in (
            (["--unknown"], "unknown option: '--unknown'"),
            (["-x"], "unknown option: '-x'"),
            (["--json=yes"], "unknown option: '--json=yes'"),
            (["--phys-bits"], "needs a value: '--phys-bits'"),
            (["--phys-bits", "0"], "takes a number from 1 to 64: '0'"),
            (["--phys-bits", "65"], "takes a number from 1 to 64: '65'"),
            (["--phys-bits", "4x"], "takes a number from 1 to 64: '4x'"),
            (["--page-bits", "12"], "takes 21 or 30: '12'"),
            (["--image", "0x100000"], "takes START-END"),
            (["--image", "0x2000-0x1000"], "takes START-END"),
            (["--image", "0x0-0x10000000000001"], "takes START-END"),
            (["a", "b", "c"], "one FILE and one NAME are enough: 'c'")):
        expect(planner.run(*arguments, text=LOG), 2, out="", err="tessera: ")
        expect(planner.run(*arguments, text=LOG), 2, out="", err=problem)


def help_is_printed_on_request(planner):
    expect(planner.run("--help"), 0, out="usage: planner", err="")
    (planner.folder / "--json").write_text(LOG, encoding="ascii")
    expect(planner.run(*IMAGE, "--", "--json"), 0, out="Linux boot log")


def make_test(planner, *arguments, text=""):
    """Runs new_test.py in a copy of its folder, so that it writes there."""
    tools = planner.folder / "tests" / "tools"
    tools.mkdir(parents=True, exist_ok=True)
    shutil.copy(TOOLS / "new_test.py", tools)
    result = subprocess.run([sys.executable, tools / "new_test.py", "--planner", planner.program, *arguments],
                            input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False, timeout=20)
    return result.returncode, result.stdout.decode(), result.stderr.decode()


def a_pasted_log_becomes_a_test(planner):
    expect(make_test(planner, "my_pc", "-", text=LOG), 0, out="test_map_my_pc.c")
    page = (planner.folder / "tests" / "test_map_my_pc.c").read_text(encoding="ascii")
    for words in ("{0x0, 0x9fc00, 1},", "{0x100000, 0x7fe0000},", "usable_bytes, UINT64_C(133038080)",
                  "region_count, 1)", "pasted text (Linux boot log, from line 1)"):
        assert words in page, "%r is not in the test" % words
    expect(make_test(planner, "my_pc", "-", text=LOG), 1, out="", err="is not overwritten")


def a_test_is_not_made_of_nonsense(planner):
    expect(make_test(planner, "a", "-", text="nothing"), 2, out="", err="there is no memory map")
    expect(make_test(planner, "a", "no such file"), 2, out="", err="no such file")
    for name in ("A", "1a", "a-b", "../a", "a" * 61):
        expect(make_test(planner, name, "-", text=LOG), 2, out="", err="is not a name")


TESTS = (
    a_plan_shows_map_drawing_and_reasons,
    the_certificate_is_one_line_of_json,
    records_are_packed_as_the_firmware_gives_them,
    a_map_is_picked_by_its_name,
    the_loaders_rules_place_a_built_image,
    a_refused_plan_says_why,
    unreadable_input_names_the_line,
    what_was_not_taken_as_it_stood_is_said,
    wrong_usage_names_the_option,
    help_is_printed_on_request,
    a_pasted_log_becomes_a_test,
    a_test_is_not_made_of_nonsense,
)


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    failed = 0
    for test in TESTS:
        with tempfile.TemporaryDirectory(prefix="planner-") as folder:
            try:
                test(Planner(program, pathlib.Path(folder)))
            except AssertionError as problem:
                failed += 1
                print("[  FAILED  ] %s: %s" % (test.__name__, problem))
    print("[  PASSED  ] %u test(s)." % (len(TESTS) - failed))
    if failed:
        print("[  FAILED  ] %u test(s), listed above" % failed)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
