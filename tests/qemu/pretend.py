"""Pretended firmware maps: the records that the guest gets, and the memory that it needs for them."""
import struct
import subprocess
import sys

RECORD = struct.Struct("<QQII")  # MemoryMapEntry: base, length, type, attributes
USABLE = 1
GIB = 1 << 30
SPARE = 2 << 20  # the firmware keeps the last of the memory below 4 GiB
LOW_MEMORY_MAX = 3 * GIB  # a pc with more than 3.5 GiB has 3 GiB of it below 4 GiB
MEMORY_MIN, MEMORY_MAX = 16 << 20, 1 << 40


def pretended_records(planner, path, name=None):
    """The map in `path` as packed records; the planner's notes go to standard error. ValueError, with its words, when the
    map cannot be read."""
    command = [planner, "--records", "--", path] + ([name] if name else [])
    # close_fds: `path` may be a descriptor of the shell's, as in <(dmesg).
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, close_fds=False)
    words = done.stderr.decode(errors="replace")
    if done.returncode != 0:
        raise ValueError(words.strip().removeprefix("tessera: ") or f"the planner failed on '{path}'")
    sys.stderr.write(words)
    return done.stdout


def memory_for(records):
    """The smallest --mem whose machine has memory wherever the file of records says usable, within reason."""
    with open(records, "rb") as file:
        entries = list(RECORD.iter_unpack(file.read()))
    ends = [base + length for base, length, kind, _ in entries if kind == USABLE and length]
    low = max((end for end in ends if end <= 4 * GIB), default=0)
    high = max((end for end in ends if end > 4 * GIB), default=0)
    need = high - 4 * GIB + LOW_MEMORY_MAX if high else low + SPARE
    need = min(max(need, MEMORY_MIN), MEMORY_MAX)
    return f"{(need + SPARE - 1) // SPARE * SPARE >> 20}M"
