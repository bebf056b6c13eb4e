"""Budgets: what the operations of heap, threads and calls may cost, in instructions counted inside the kernel (tests/budgets.json),
and that the size of the heap has no part in it."""
import json
import re
import subprocess

from counts import kernel_counts
from guest import certificate_of
from pretend import GIB, RECORD, USABLE
from suite import expect

MIB = 1 << 20
BENCH_SECONDS = 300
TIB = 1024 * GIB  # from there QEMU has what of 1 TiB of memory is not below 4 GiB
OPERATIONS = re.compile(r"kmalloc_|kfree_|thread_|interrupt_|ipc_|syscall_|shell_")


def first_version(*command):
    """The first version number that the command prints."""
    output = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout
    return re.search(r"[0-9]+\.[0-9]+[0-9.]*", output)[0]


def toolchain():
    return {"gcc": first_version("gcc", "-dumpfullversion"), "qemu": first_version("qemu-system-x86_64", "--version")}


def complaints(budgets, counts):
    """A sentence for each figure that is not as the file says."""
    exact = budgets["kernel_median"]
    for name in sorted(exact.keys() | {name for name in counts if OPERATIONS.match(name)}):
        if name not in counts:
            yield f"{name} is in tests/budgets.json, but the kernel does not count it"
        elif name not in exact:
            yield f"{name} ({counts[name]['median']}) is missing in tests/budgets.json"
        elif counts[name]["median"] > exact[name]:
            yield f"{name} rose from {exact[name]} to {counts[name]['median']} instructions"
        elif counts[name]["median"] < exact[name]:
            yield f"{name} fell from {exact[name]} to {counts[name]['median']} instructions: well done, keep it"
    for name, most in budgets["kernel_limit"].items():
        if counts.get(name, {"median": most + 1})["median"] > most:
            yield f"{name} is above its limit of {most}: {counts.get(name, 'not counted')}"


def budgets_are_kept(context):
    """The medians, to the instruction: a rise must be meant, and a fall must not get lost again."""
    budgets = json.loads((context.top / "tests" / "budgets.json").read_text())
    counts = kernel_counts(image=context.image)
    here = toolchain()
    medians = ", ".join(f"{name} {count['median']}" for name, count in counts.items())
    if here != budgets["toolchain"]:
        context.figure = f"{medians}; not compared: the budgets are for {budgets['toolchain']}, here is {here}"
        return
    found = list(complaints(budgets, counts))
    advice = "change tests/budgets.json in the same commit, with the reason"
    expect(not found, "; ".join(found) + f" ({advice})")
    context.figure = medians


def records_of(*ranges):
    return b"".join(RECORD.pack(start, end - start, USABLE, 1) for start, end in ranges)


def one_region_counts(context, image_end, start, end, mem):
    """{NAME: (least, median)} on a machine whose heap is one region from `start` to `end`; beside it only the image has memory."""
    path = context.folder / f"records-{mem}"
    path.write_bytes(records_of((0, 0x9F000), (MIB, image_end), (start, end)))
    counts = kernel_counts(image=context.image, mem=mem, map_records=str(path))
    return {name: (count["min"], count["median"]) for name, count in counts.items()}


def size_costs_nothing(context):
    """Every operation costs the same in a heap of 16 MiB and in one of 1 TiB, to the instruction."""
    with context.booted() as machine:
        image_end = int(json.loads(certificate_of(machine.boot_log))["image"][1], 16)
    small = one_region_counts(context, image_end, 16 * MIB, 32 * MIB, "64M")
    large = one_region_counts(context, image_end, TIB, TIB + 1020 * GIB, "1T")
    names = [name for name in small if OPERATIONS.match(name)] + ["kheap_init"]
    differ = [f"{name} {small[name]} and {large.get(name)}" for name in names if small[name] != large.get(name)]
    expect(not differ, "at 16 MiB and at 1 TiB: " + "; ".join(differ))
    context.figure = f"{len(names)} figures are the same"


def bench_prints_json(context):
    """./tessera bench: every figure of kernel and host, as numbers above 0."""
    command = [context.top / "tessera", "bench", "--json"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=BENCH_SECONDS)
    expect(done.returncode == 0, f"status {done.returncode}", done.stderr)
    figures = json.loads(done.stdout)
    expect({"kmalloc_kfree_64", "boot_to_user", "boot_to_ready"} <= figures["kernel"].keys(), "the kernel's figures", done.stdout)
    for name, count in figures["kernel"].items():
        expect(0 < count["min"] <= count["median"] <= count["max"], f"{name}: {count}")
    expect({"lifo", "queue", "random", "pages"} == figures["host"].keys(), "the host's workloads", done.stdout)
    for workload, pairs in figures["host"].items():
        expect({"tessera", "glibc", "jemalloc", "mimalloc"} == pairs.keys(), f"{workload}: {pairs}")
        expect(all(pair > 0 for pair in pairs.values()), f"{workload}: {pairs}")


CASES = [
    ("budget: instructions in the kernel", budgets_are_kept),
    ("tessera: bench", bench_prints_json),
    ("budget: 16 MiB and 1 TiB cost the same", size_costs_nothing),
]
