"""The steps of ./tessera test, in the order in which they are begun."""
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree
from dataclasses import dataclass
from typing import Callable

TOP = pathlib.Path(__file__).resolve().parents[3]
TOOLS = TOP / "tests" / "tools"
BUILD = TOP / "build"
C_FOLDERS = ("boot", "core", "mm", "ipc", "servers", "tests")
JOBS = str(max(2, os.cpu_count() or 1))
STEP_SECONDS = 1500
LONG = {"TESSERA_MAPS": "500000", "TESSERA_OPERATIONS": "10000000", "TESSERA_ENDPOINT_WORLDS": "1"}


class NothingMatches(Exception):
    """The filter fits none of the step's cases."""


@dataclass
class Step:
    """`run` takes the options and returns (passed, failed, output)."""

    name: str
    run: Callable
    needs: tuple = ()
    has_cases: bool = False  # the filter applies to them
    implied: bool = False  # run only because another step needs it
    whole: bool = False  # the filter fits the step's own name: run all its cases


def run(command, **settings):
    """(status, output) of a command that reads nothing."""
    settings = {"cwd": TOP, "stdin": subprocess.DEVNULL, "text": True, "errors": "replace", **settings}
    try:
        done = subprocess.run(
            [str(word) for word in command],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=STEP_SECONDS,
            **settings,
        )
    except subprocess.TimeoutExpired as late:
        return 1, f"{late.output or ''}\nthe time was up after {STEP_SECONDS} s"
    return done.returncode, done.stdout


def single(*command):
    """A step that is one test: a command that must end with 0."""

    def step(_options):
        status, output = run(command)
        return (1, 0, output) if status == 0 else (0, 1, output)

    return step


def c_files(suffixes):
    return sorted(
        path.relative_to(TOP) for folder in C_FOLDERS for path in (TOP / folder).rglob("*") if path.suffix in suffixes
    )


def build(preset, *targets):
    return single("bash", TOOLS / "cli" / "build.sh", preset, *targets)


# --- static checks ---


def clang_format(_options):
    status, output = run(["clang-format", "--dry-run", "-Werror", *c_files((".c", ".h"))])
    return (1, 0, output) if status == 0 else (0, 1, output)


def shellcheck(_options):
    scripts = [TOP / "tessera", TOP / ".ci" / "run", *sorted((TOP / "tests").rglob("*.sh"))]
    status, output = run(["shellcheck", *scripts])
    return (1, 0, output) if status == 0 else (0, 1, output)


def cppcheck(_options):
    folders = [folder for folder in C_FOLDERS if any((TOP / folder).rglob("*.c"))]
    command = ["cppcheck", "--quiet", "--enable=warning,performance,portability", "--inline-suppr", "-I", "."]
    command += ["--suppress=missingIncludeSystem", "--suppress=arrayIndexThenCheck"]  # it takes a guard for an index
    command += ["--suppress=arithOperationsOnVoidPointer", "--error-exitcode=1", "-j", JOBS]  # gnu11 has them
    status, output = run(command + folders)
    return (1, 0, output) if status == 0 else (0, 1, output)


def without_defects(preset):
    """The compiler's commands of a build but those of sources with a planted defect; and the folder where clang-tidy finds
    them: it reads a source with every command that it finds."""
    commands = json.loads((BUILD / preset / "compile_commands.json").read_text())
    commands = [entry for entry in commands if "/defects/" not in entry["command"]]
    folder = BUILD / preset / "tidy"
    folder.mkdir(exist_ok=True)
    (folder / "compile_commands.json").write_text(json.dumps(commands))
    return commands, folder


def clang_tidy(_options):
    """Every C file with the flags that it is compiled with."""
    flags = {}
    for preset in ("host-clang", "kernel-clang"):
        commands, folder = without_defects(preset)
        for entry in commands:
            source = pathlib.Path(entry["file"]).resolve()
            inside = source.is_relative_to(TOP) and not source.is_relative_to(BUILD)
            if inside and " -m32 " not in entry["command"]:
                flags.setdefault(source, folder)

    def tidy(source):
        return run(["clang-tidy", "--quiet", "-p", flags[source], source], text=True)

    with concurrent.futures.ThreadPoolExecutor(int(JOBS)) as pool:
        results = list(pool.map(tidy, sorted(flags)))
    complaints = [output for status, output in results if status != 0]
    return len(results) - len(complaints), len(complaints), "".join(complaints)


# --- tests with cases ---


def count_case(case):
    """(passed, failed) of one ctest entry: the test functions that CMocka counts, or the entry itself."""
    output = "".join(out.text or "" for out in case.iter("system-out"))
    passed = sum(map(int, re.findall(r"^\[  PASSED  \] (\d+) test\(s\)", output, re.MULTILINE)))
    failed = sum(map(int, re.findall(r"^\[  FAILED  \] (\d+) test\(s\)", output, re.MULTILINE)))
    if case.get("status") == "run":
        return max(passed, 1), 0
    return passed, max(failed, 1)


def complaint_of(case):
    """A failed ctest entry's name and output, without what passed in it."""
    if case.get("status") == "run":
        return ""
    output = "".join(out.text or "" for out in case.iter("system-out"))
    output = re.sub(r"^\[ RUN .*\n\[       OK \].*\n", "", output, flags=re.MULTILINE)
    return f"{case.get('name')}:\n{output}\n"


def host_tests(preset):
    def step(options, whole):
        with tempfile.TemporaryDirectory(prefix="tessera-test-") as folder:
            junit = pathlib.Path(folder) / "junit.xml"
            command = ["ctest", "--test-dir", BUILD / preset, "-j", JOBS, "--output-on-failure", "--output-junit", junit]
            command += ["--test-output-size-passed", "1000000", "--test-output-size-failed", "1000000"]
            if options.filter and not whole:
                command += ["-R", re.escape(options.filter)]
            environment = {**os.environ, **(LONG if options.long else {})}
            status, output = run(command, env=environment)
            cases = list(xml.etree.ElementTree.parse(junit).iter("testcase")) if junit.exists() else []
        if options.filter and not whole and not cases and status == 0:
            raise NothingMatches
        if not cases:
            return 0, 1, output
        passed, failed = (sum(column) for column in zip(*map(count_case, cases)))
        return passed, max(failed, int(status != 0)), "".join(map(complaint_of, cases))

    return step


def qemu_cases(preset, only=""):
    def step(options, whole):
        command = [sys.executable, TOP / "tests" / "qemu" / "suite.py", "--jobs", JOBS]
        command += ["--image", BUILD / preset / "tessera.img", "--planner", BUILD / "host" / "planner"]
        command += ["--filter", only or ("" if whole else options.filter)]
        if only and options.filter and not whole:
            raise NothingMatches
        status, output = run(command)
        if status == 3:
            raise NothingMatches
        counted = re.search(r"^(\d+) passed, (\d+) failed$", output, re.MULTILINE)
        if not counted:
            return 0, 1, output
        failures = re.sub(r"^ok .*\n", "", output, flags=re.MULTILINE)
        return int(counted[1]), int(counted[2]), failures

    return step


def with_cases(name, make, needs):
    """A step whose cases the filter applies to."""
    step = Step(name, None, needs, has_cases=True)
    step.run = lambda options: make(options, step.whole or not options.filter)
    return step


def all_steps(long):
    python = sys.executable
    kernels = [BUILD / preset / "kernel.elf" for preset in ("kernel", "kernel-clang")]
    steps = [
        Step("kernel builds with gcc", build("kernel")),
        Step("host tests build with gcc", build("host")),
        Step("layout of C (clang-format)", clang_format),
        Step("rules of the layers", single(python, TOOLS / "check_layers.py")),
        Step("shell scripts (shellcheck)", shellcheck),
        with_cases("host tests, gcc", host_tests("host"), ("host tests build with gcc",)),
        Step("kernel builds with clang", build("kernel-clang")),
        Step("kernel builds with all servers in ring 3", build("kernel-user")),
        Step("host tests build with clang", build("host-clang")),
        with_cases(
            "QEMU",
            qemu_cases("kernel"),
            ("kernel builds with gcc", "kernel builds with all servers in ring 3", "host tests build with gcc"),
        ),
        with_cases("host tests, clang", host_tests("host-clang"), ("host tests build with clang",)),
        Step("clang-tidy", clang_tidy, ("kernel builds with clang", "host tests build with clang")),
        Step("cppcheck", cppcheck),
        Step(
            "symbols as addr2line has them",
            single(python, TOOLS / "check_symbols.py", BUILD / "host" / "symbols_probe", *kernels),
            ("kernel builds with gcc", "kernel builds with clang", "host tests build with gcc"),
        ),
        with_cases(
            "QEMU, kernel built with clang",
            qemu_cases("kernel-clang", "boot: pc, 128M"),
            ("kernel builds with clang", "host tests build with gcc"),
        ),
        Step("fresh copy", single(python, TOOLS / "check_copy.py"), ("kernel builds with gcc",)),
    ]
    if long:
        steps += [
            Step("branch coverage", single("bash", TOOLS / "coverage.sh")),
            Step("fuzzing", single(python, TOOLS / "fuzz.py")),
        ]
    return steps
