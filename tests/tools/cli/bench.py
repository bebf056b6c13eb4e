"""The part of ./tessera bench after the build: counts inside the kernel and on the host, and prints both."""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.realpath(__file__)), "..", "..", "qemu"))
from counts import kernel_counts  # noqa: E402
from machine import MachineError  # noqa: E402

SECONDS = 300
NOTHING = "none"  # an allocator of two instructions and one: what it takes beyond these is the harness
NOTHING_ALLOCATES, NOTHING_FREES = 2, 1
WORKLOADS = ("lifo", "queue", "random", "pages")
# jemalloc keeps more thread-local data than an object loaded late usually gets.
ENVIRONMENT = {**os.environ, "GLIBC_TUNABLES": "glibc.rtld.optional_static_tls=65536"}


class BenchError(Exception):
    """What failed, as a sentence."""


def count(program, allocator, workload):
    """(instructions in the measured part, allocations, frees)"""
    with tempfile.TemporaryDirectory(prefix="tessera-bench-") as folder:
        out = pathlib.Path(folder, "out")
        command = ["valgrind", "--quiet", "--tool=callgrind", "--toggle-collect=measured"]
        command += [f"--callgrind-out-file={out}", program, allocator, workload]
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, env=ENVIRONMENT)
        if done.returncode != 0:
            raise BenchError(f"{allocator}, {workload}: {done.stderr.strip()}")
        total = re.search(r"^(?:totals|summary): ([0-9]+)", out.read_text(), re.MULTILINE)
        calls = re.fullmatch(r"([0-9]+) ([0-9]+)\n", done.stdout)
        if not total or not calls:
            raise BenchError(f"{allocator}, {workload}: no figures")
        return int(total[1]), int(calls[1]), int(calls[2])


def host_counts(build):
    """{WORKLOAD: {ALLOCATOR: instructions for an allocation and a free}}"""
    objects = {
        NOTHING: NOTHING,
        "tessera": os.fspath(build / "libtessera_yardstick.so"),
        "glibc": "libc",
        "jemalloc": "libjemalloc.so.2",
        "mimalloc": "libmimalloc.so.2.0",
    }
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        running = {
            (workload, name): pool.submit(count, build / "host_bench", path, workload)
            for workload in WORKLOADS
            for name, path in objects.items()
        }
        counts = {key: future.result() for key, future in running.items()}
    figures = {}
    for workload in WORKLOADS:
        harness, allocations, frees = counts[workload, NOTHING]
        harness -= NOTHING_ALLOCATES * allocations + NOTHING_FREES * frees
        figures[workload] = {
            name: round(2 * (counts[workload, name][0] - harness) / (allocations + frees), 1)
            for name in objects
            if name != NOTHING
        }
    return figures


def print_table(kernel, host):
    print("instructions in the kernel      least   median     most")
    for name, figure in kernel.items():
        print(f"  {name:<26} {figure['min']:>8} {figure['median']:>8} {figure['max']:>8}")
    print("instructions on the host for an allocation and a free, and how many times Tessera's that is")
    names = list(next(iter(host.values())))
    print(f"  {'':<10}" + "".join(f"{name:>18}" for name in names))
    for workload, figures in host.items():
        cells = (f"{figures[name]:>10.1f} {figures[name] / figures['tessera']:>6.2f}x" for name in names)
        print(f"  {workload:<10}" + "".join(cells))


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--image", required=True)
    parser.add_argument("--host", required=True, type=pathlib.Path)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    try:
        kernel, host = kernel_counts(image=options.image), host_counts(options.host)
    except (BenchError, MachineError, subprocess.TimeoutExpired) as error:
        print(f"tessera: bench: {error}", file=sys.stderr)
        return 1
    if options.json:
        print(json.dumps({"kernel": kernel, "host": host}, separators=(",", ":")))
    else:
        print_table(kernel, host)
    return 0


if __name__ == "__main__":
    sys.exit(main())
