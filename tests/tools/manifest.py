"""The manifest of the servers (servers/manifest): reads and checks it. For server_tables.py and server_stacks.py.

A section for each server, and in it what the server is and may do, a line each:

    [store]                             its name
    sources  = store.c                  in the folder NAME beside the manifest
    mode     = kernel                   or user: isolated in ring 3
    priority = 12                       0 to 30, of whom it calls at least as high
    stack    = 2                        blocks of 4 KiB
    quota    = 300                      blocks that it may hold
    restart  = always                   or never: what becomes of it when it has ended
    calls    = log: send, timer         whom it may name, and with which rights: call, if nothing is said
    handles  = 16                       how many more it can have, which come in messages
    devices  = ports 0x3F8-0x3FF, memory 0xB8000-0xBFFFF, interrupt 4, console

Two more may be named that are the kernel's own: `kernel` takes the commands of its monitor, and `figures` answers questions about
memory. The last three lines may be left out, what follows a '#' is for the reader. Every mistake is one sentence, with file and line.
"""
import os
import re
from dataclasses import dataclass, field

# Blocks that all servers together can have on the smallest machine, one with 8 MiB: what its plan gives to the heap (1580 where all are
# in ring 3, and the image is long), less 1 MiB for the kernel itself.
SMALLEST_MACHINE_BLOCKS = 1280
STACK_BLOCKS_MAX = {"kernel": 7, "user": 256}
QUOTA_BESIDE_STACK = {"kernel": 1, "user": 26}  # blocks: objects, or page tables, program, and what its heap knows of itself
PAGE_BYTES = 0x1000
DEVICE_MEMORY_MAX = 1 << 20  # SERVER_DEVICE_BYTES_MAX (ipc/server.h)
SERVERS_MAX = 64
PRIORITIES = 31  # the highest is the supervisor's, so that nobody runs before it is whole
RIGHTS = ("call", "send", "notify", "pass")
WAITING = {"call", "send"}  # who has these waits for the other one
REQUIRED = ("sources", "mode", "priority", "stack", "quota", "restart")
KEYS = REQUIRED + ("calls", "handles", "devices")
DEVICE_ENDS = {"ports": 0x10000, "memory": 1 << 52, "interrupt": 16}
KERNEL = "kernel"  # takes commands
FIGURES = "figures"  # of the kernel too: answers questions about memory
KERNELS = {KERNEL, FIGURES}
# Also what else is linked, or built, by names of servers' kind, and C's words.
RESERVED = KERNELS | {"library", "test", "talk", "monitor", "init", "drill", "parley", "heap_drill"} | set(
    "auto break case char const continue default do double else enum extern float for goto if inline int long register restrict return "
    "short signed sizeof static struct switch typedef union unsigned void volatile while asm typeof server message".split())

SECTION = re.compile(r"\[([^\]]*)\]\Z")
NAME = re.compile(r"[a-z][a-z0-9_]{0,14}\Z")
SOURCE = re.compile(r"[A-Za-z0-9_]+(/[A-Za-z0-9_]+)*\.(c|asm)\Z")
DEVICE = re.compile(r"(ports|memory|interrupt)\s+(\w+)(?:\s*-\s*(\w+))?\Z")


def name_mistake(name):
    """A sentence, or None."""
    if not NAME.match(name):
        return f"'{name}' is not a name: a lower-case letter, then letters, digits and '_', 15 at most"
    return f"no server can have the name '{name}', which means something else" if name in RESERVED else None


@dataclass(frozen=True)
class Mistake:
    file: str
    line: int
    sentence: str

    def __str__(self):
        return f"{self.file}:{self.line}: {self.sentence}"


@dataclass
class Call:
    to: str
    rights: tuple
    line: int


@dataclass
class Device:
    kind: str
    start: int
    end: int  # first behind it
    line: int


@dataclass
class Server:
    name: str
    file: str
    line: int
    lines: dict = field(default_factory=dict)  # of each key
    sources: list = field(default_factory=list)
    mode: str = ""
    priority: int = 0
    stack: int = 0
    quota: int = 0
    restart: str = ""
    calls: list = field(default_factory=list)
    handles: int = 0
    devices: list = field(default_factory=list)

    @property
    def folder(self):
        return os.path.join(os.path.dirname(self.file), self.name)


class Reader:
    """Reads files into servers; what cannot be read is told and left out."""

    def __init__(self, mode):
        self.mode = mode
        self.servers = []
        self.mistakes = []
        self.file = ""
        self.line = 0

    def say(self, sentence, line=None):
        self.mistakes.append(Mistake(self.file, line or self.line, sentence))

    def read(self, path):
        self.file, server = path, None
        with open(path, encoding="utf-8", errors="replace") as file:
            texts = [line.split("#")[0].strip() for line in file]
        for self.line, text in enumerate(texts, 1):
            if text.startswith("["):
                self.end(server)
                server = self.begin(text)
            elif text and server is None:
                self.say("this stands before the first server's [name]")
            elif text:
                self.entry(server, text)
        self.end(server)

    def begin(self, text):
        match = SECTION.match(text)
        name = match[1].strip() if match else text.strip("[] ")
        mistake = name_mistake(name) if match else f"'{text}' begins no server: a name stands between '[' and ']'"
        if mistake:
            self.say(mistake)
        for other in self.servers:
            if other.name == name:
                self.say(f"'{name}' is there already: {other.file}:{other.line}")
        self.servers.append(Server(name, self.file, self.line))
        return self.servers[-1]

    def end(self, server):
        if server is None:
            return
        for key in REQUIRED:
            if key not in server.lines:
                self.say(f"'{server.name}' does not say its {key}", server.line)

    def entry(self, server, text):
        key, equals, value = (part.strip() for part in text.partition("="))
        if not equals or not value:
            self.say(f"'{text}' is neither [name] nor key = value")
        elif key not in KEYS:
            self.say(f"'{key}' is nothing that a server has; it has {', '.join(KEYS)}")
        elif key in server.lines:
            self.say(f"'{server.name}' has said its {key} already, in line {server.lines[key]}")
        else:
            server.lines[key] = self.line
            getattr(self, "read_" + key)(server, value)

    def number(self, text, least, most, what):
        try:
            value = int(text, 0)
        except ValueError:
            value = least - 1
        if least <= value <= most:
            return value
        self.say(f"'{text}' is not {what}: a number from {least:#x} to {most:#x}" if most > 0xFFFF else
                 f"'{text}' is not {what}: a number from {least} to {most}")
        return None

    def choice(self, text, choices, what):
        if text in choices:
            return text
        self.say(f"'{text}' is not {what}: {' or '.join(choices)}")
        return None

    def read_sources(self, server, value):
        for source in value.split():
            if not SOURCE.match(source):
                self.say(f"'{source}' is not a source: a path in the server's folder that ends with .c or .asm")
            elif not os.path.exists(os.path.join(server.folder, source)):
                self.say(f"there is no source '{os.path.join(server.folder, source)}'")
            else:
                server.sources.append(source)

    def read_mode(self, server, value):
        server.mode = self.choice(value, ("kernel", "user"), "a mode") and (self.mode or value) or ""

    def read_restart(self, server, value):
        server.restart = self.choice(value, ("always", "never"), "what becomes of a server that has ended") or ""

    def read_priority(self, server, value):
        server.priority = self.number(value, 0, PRIORITIES - 1, "a priority") or 0

    def read_stack(self, server, value):
        server.stack = self.number(value, 1, max(STACK_BLOCKS_MAX.values()), "a stack in blocks") or 0

    def read_quota(self, server, value):
        server.quota = self.number(value, 1, 0xFFFF, "a quota in blocks") or 0

    def read_calls(self, server, value):
        for item in value.split(","):
            name, colon, rights = (part.strip() for part in item.partition(":"))
            call = Call(name, tuple(rights.split()) if colon else ("call",), self.line)
            wrong = [right for right in call.rights if right not in RIGHTS]
            if not call.rights or wrong:
                self.say(f"'{' '.join(wrong) or item.strip()}' is not a right: {', '.join(RIGHTS)}")
            elif any(other.to == name for other in server.calls):
                self.say(f"'{server.name}' names '{name}' twice")
            else:
                server.calls.append(call)

    def read_handles(self, server, value):
        server.handles = self.number(value, 1, 1024, "a number of handles") or 0

    def read_devices(self, server, value):
        for item in (item.strip() for item in value.split(",")):
            match = DEVICE.match(item)
            if item == "console":
                server.devices.append(Device("console", 0, 1, self.line))
            elif not match:
                self.say(f"'{item}' is not a device: ports FIRST-LAST, memory FIRST-LAST, interrupt NUMBER, or console")
            else:
                self.device(server, match)

    def device(self, server, match):
        kind, last = match[1], DEVICE_ENDS[match[1]] - 1
        start = self.number(match[2], 0, last, f"the first of {kind}")
        end = None if start is None else self.number(match[3] or match[2], 0, last, f"the last of {kind}")
        if end is None:
            return
        if end < start:
            self.say(f"{kind} {match[2]}-{match[3]} ends before it begins")
        elif kind == "memory" and (start % PAGE_BYTES or (end + 1) % PAGE_BYTES or end + 1 - start > DEVICE_MEMORY_MAX):
            self.say(f"memory {match[2]}-{match[3] or match[2]} is not whole pages of {PAGE_BYTES:#x} bytes, {DEVICE_MEMORY_MAX:#x} at most")
        else:
            server.devices.append(Device(kind, start, end + 1, self.line))


def check_calls(servers, say):
    """Names, and that nobody waits for somebody of lower priority."""
    known = {server.name: server for server in servers}
    for server in servers:
        for call in server.calls:
            other = known.get(call.to)
            if other is None and call.to not in KERNELS:
                say(server, call.line, f"'{server.name}' is to call '{call.to}', which is no server")
            elif other is not None and other is not server and WAITING & set(call.rights) and other.priority < server.priority:
                say(server, call.line, f"'{server.name}' of priority {server.priority} would wait for '{call.to}' of priority "
                                       f"{other.priority}: who is called needs a priority at least as high")


def check_cycles(servers, say):
    """Nobody can come to wait for itself. One sentence a cycle."""
    known = {server.name: server for server in servers}
    done = set()

    def visit(server, path):
        if server.name in path:
            cycle = path[path.index(server.name):] + [server.name]
            first = known[cycle[0]]
            line = next(call.line for call in first.calls if call.to == cycle[1])
            say(first, line, f"a cycle of calls, in which each can wait for the next: {' -> '.join(cycle)}")
        elif server.name not in done:
            for call in server.calls:
                if WAITING & set(call.rights) and call.to in known:
                    visit(known[call.to], path + [server.name])
            done.add(server.name)

    for server in servers:
        visit(server, [])


def check_devices(servers, say):
    taken = []
    for server in servers:
        for device in server.devices:
            for other, held in taken:
                if held.kind == device.kind and held.start < device.end and device.start < held.end:
                    say(server, device.line, f"'{server.name}' and '{other.name}' both have {device.kind} "
                                             f"{max(held.start, device.start):#x}")
            taken.append((server, device))


def check_sizes(servers, say):
    total = 0
    for server in servers:
        most = STACK_BLOCKS_MAX.get(server.mode)
        if most is not None and server.stack > most:
            say(server, server.lines["stack"], f"the stack of '{server.name}' has {server.stack} blocks; in mode {server.mode} {most} is the most")
        elif server.mode in QUOTA_BESIDE_STACK and 0 < server.quota < server.stack + QUOTA_BESIDE_STACK[server.mode]:
            say(server, server.lines.get("quota", server.line), f"the quota of '{server.name}' is {server.quota} blocks; in mode {server.mode} with a stack of {server.stack} it "
                                                                f"needs {server.stack + QUOTA_BESIDE_STACK[server.mode]}")
        before, total = total, total + server.quota
        if before <= SMALLEST_MACHINE_BLOCKS < total:
            say(server, server.lines["quota"], f"with '{server.name}' the quotas come to {total} blocks, and the smallest machine "
                                               f"has {SMALLEST_MACHINE_BLOCKS} for servers")
    if len(servers) > SERVERS_MAX:
        say(servers[SERVERS_MAX], servers[SERVERS_MAX].line, f"{SERVERS_MAX} servers are the most")


def read_manifests(paths, mode=""):
    """(servers, mistakes) of all files together, both in the order of the files; all servers in that mode, if it says one."""
    reader = Reader(mode)
    for path in paths:
        reader.read(path)
    mistakes = list(reader.mistakes)

    def say(server, line, sentence):
        mistakes.append(Mistake(server.file, line, sentence))

    for check in (check_calls, check_cycles, check_devices, check_sizes):
        check(reader.servers, say)
    order = {path: index for index, path in enumerate(paths)}
    return reader.servers, sorted(mistakes, key=lambda mistake: (order[mistake.file], mistake.line))
