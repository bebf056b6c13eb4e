#!/usr/bin/env python3
"""Builds every tests/fuzz/fuzz_*.c with clang's libFuzzer and sanitizers, and runs each for a while.

usage: fuzz.py [SECONDS]

SECONDS is the time for each fuzzer, 60 unless told. It starts from tests/fuzz/corpus/NAME and from what build/fuzz kept
of earlier runs. A finding stays in build/fuzz and is named: make a test of it.

Exit status: 0 nothing found, 1 something found, 2 wrong usage or no clang.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
WORK = TOP / "build" / "fuzz"
FLAGS = ["-std=gnu11", "-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-I", str(TOP),
         '-DKHEAP_HOOKS="tests/kheap_hooks.h"']
INPUT_BYTES_MAX = 4096


def cmake_list(path, name):
    """The words of `set(NAME word ...)` in a CMake file."""
    text = (TOP / path).read_text(encoding="utf-8")
    return re.search(r"set\(%s\s([^)]*)\)" % name, text).group(1).split()


def sources():
    """What a fuzzer may need; the linker takes what it does need."""
    yield from cmake_list("CMakeLists.txt", "PORTABLE")
    for name in cmake_list("tests/CMakeLists.txt", "LOG_PARSER"):
        yield "tests/" + name
    yield from ("tests/host_context.c", "tests/plan_check.c", "tests/plan_check_map.c", "tests/plan_parts.c",
                "tests/tools/planner_host.c")


def compile_library(clang):
    objects = []
    for source in sources():
        target = WORK / (source.replace("/", "_") + ".o")
        subprocess.run([clang, *FLAGS, "-fsanitize=fuzzer-no-link", "-c", TOP / source, "-o", target], check=True)
        objects.append(target)
    library = WORK / "library.a"
    library.unlink(missing_ok=True)
    subprocess.run(["ar", "rcs", library, *objects], check=True)
    return library


def run_fuzzer(clang, library, source, seconds):
    """Returns whether nothing was found."""
    name = source.stem[len("fuzz_"):]
    program = WORK / source.stem
    subprocess.run([clang, *FLAGS, "-fsanitize=fuzzer", source, library, "-o", program], check=True)
    kept = WORK / "corpus" / name
    kept.mkdir(parents=True, exist_ok=True)
    seeds = TOP / "tests" / "fuzz" / "corpus" / name
    result = subprocess.run(
        [program, "-max_total_time=%u" % seconds, "-max_len=%u" % INPUT_BYTES_MAX, "-print_final_stats=1",
         "-artifact_prefix=%s/%s-" % (WORK, name), kept, seeds],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, cwd=WORK)
    output = result.stdout.decode("utf-8", "replace")
    if result.returncode != 0:
        print(output[-8000:])
        return False
    print("fuzz %s: %s inputs, nothing found" % (name, re.search(r"number_of_executed_units: (\d+)", output)[1]))
    return True


def main():
    words = sys.argv[1:]
    if len(words) > 1 or (words and not words[0].isdigit()):
        print(__doc__, file=sys.stderr)
        return 2
    clang = shutil.which("clang")
    if clang is None:
        print("fuzz: clang is not installed", file=sys.stderr)
        return 2
    WORK.mkdir(parents=True, exist_ok=True)
    library = compile_library(clang)
    os.environ.setdefault("ASAN_OPTIONS", "detect_leaks=1")
    fuzzers = sorted((TOP / "tests" / "fuzz").glob("fuzz_*.c"))
    results = [run_fuzzer(clang, library, fuzzer, int(words[0]) if words else 60) for fuzzer in fuzzers]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
