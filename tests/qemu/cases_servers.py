"""Servers: every conversation of servers/NAME/conversation, as on the host (tests/server_talk.c), with all servers in the kernel, and
with all of them in ring 3; and their ends, from outside and by their own mistakes."""
import json
import pathlib
import re

from guest import certificate_of
from suite import COMMAND_SECONDS, expect, halt

MODES = ("kernel", "user")
NOT_SAID = re.compile(r"(servers|heap|console): |servers:  ")  # by the kernel, in between
TYPED = "test types "
FAULTS = {"faulty 1: 4096": "page fault", "faulty 2:": "invalid opcode"}  # and what that is called


def image_of(context, mode, name="drills.img"):
    """Of another build than that of the context's image."""
    build = pathlib.Path(context.image).parent
    return str(build.with_name("kernel-user" if mode == "user" else build.name) / name)


def is_played(line):
    return re.match(r"test (->|=>|sleeps|ends|starts|types) ", line)


def hand_over_console(machine):
    """To the server, and the prompt to the shell: it looks for a console every second."""
    machine.command("start shell", COMMAND_SECONDS)
    machine.type("start console\r")
    machine.wait("tessera> tessera> ", COMMAND_SECONDS)


def shown(machine, command):
    """The lines, but those that the kernel has put between."""
    return [line for line in machine.command(command, COMMAND_SECONDS).splitlines() if not NOT_SAID.match(line)]


def said_at(machine, line):
    """What is typed is told to the drill afterwards: it says what was said by then."""
    read = [f"test reads {text}" for text in shown(machine, line.removeprefix(TYPED))] if line.startswith(TYPED) else []
    return shown(machine, f"drill talk {line}") + read


def played(context, mode, path):
    """(what was said, the log of the machine)"""
    with context.booted(image=image_of(context, mode)) as machine:
        machine.command("drill talk", COMMAND_SECONDS)  # first: what starts from now on is heard (ipc/delivery.h)
        if path.parent.name in ("console", "shell"):
            hand_over_console(machine)
        said = [words for line in path.read_text().splitlines() if is_played(line) for words in said_at(machine, line)]
        modes = {row.split()[1] for row in machine.command("servers", COMMAND_SECONDS).splitlines()[1:]}
        expect(modes == {mode}, f"the modes of the servers are {modes}", machine.log)
        halt(machine, failed=any(line.startswith("test reads error: ") for line in said))
        return said, machine.log


def conversation(path, mode):
    def case(context):
        written = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
        said, log = played(context, mode, path)
        for number, (wanted, heard) in enumerate(zip(written, said), 1):
            expect(wanted == heard, f"word {number} is written {wanted!r}, and said was {heard!r}", log)
        expect(len(written) == len(said), f"{len(said)} words were said of {len(written)}", log)

    return case


def drilled(mode):
    """Each server that needs no device, ended as it serves and as it begins."""

    def case(context):
        with context.booted(image=image_of(context, mode)) as machine:
            output = machine.command("drill servers", COMMAND_SECONDS)
            expect(output.endswith("drill: ok\n"), "drill servers", machine.log)
            halt(machine)

    return case


def states(machine):
    """{server: state}, as the command tells them."""
    rows = machine.command("servers", COMMAND_SECONDS).splitlines()[1:]
    return {row.split()[0]: row.split(None, 7)[7] for row in rows}


def live(machine):
    """{owner: (runs, objects)}"""
    rows = (row.split() for row in machine.command("owners", COMMAND_SECONDS).splitlines()[1:])
    return {row[0]: (row[5], row[7]) for row in rows if row[0] != "heap"}


def begin_again(machine, name):
    """Where nobody gives commands, the console is the kernel's."""
    if name not in ("console", "shell"):
        machine.command(f"start {name}", COMMAND_SECONDS)
        return
    for other, state in sorted(states(machine).items(), reverse=True):  # the shell before the console
        if state == "was ended":
            machine.type(f"start {other}\r")
            machine.wait("tessera> ", COMMAND_SECONDS)


def end(machine, name):
    """Ends it by a command. What all others hold then."""
    output = machine.command(f"kill {name}", COMMAND_SECONDS)
    expect(f"servers: {name} was ended; of " in output, f"{name} was not ended", machine.log)
    now = states(machine)
    expect(now.pop(name) == "was ended", f"{name} is not ended", machine.log)
    for other, state in now.items():
        expect(state != "was ended" or (name, other) == ("shell", "console"), f"with {name}, {other} {state}", machine.log)
    held = live(machine)
    expect(name not in held, f"{name} still owns something", machine.log)
    return held


def ended_one_by_one(mode):
    """Every server, by a command: the others go on, and after its second life all is as after the first. Without the console, or
    without the shell, the kernel's monitor takes commands."""

    def case(context):
        with context.booted(image=image_of(context, mode, "tessera.img")) as machine:
            machine.command("put color red", COMMAND_SECONDS)
            for name in (name for name, state in list(states(machine).items()) if state != REFUSED):
                before = end(machine, name)
                begin_again(machine, name)
                after = end(machine, name)
                expect(before == after, f"without {name}, {before} became {after}", machine.log)
                begin_again(machine, name)
            halt(machine)

    return case


def faults(mode):
    """A server that makes a mistake ends, who calls it is told, and what it had is told and free again."""

    def case(context):
        image = pathlib.Path(context.image).parent.with_name("kernel-user" if mode == "user" else "kernel-clang") / "drills.img"
        with context.booted(image=str(image)) as machine:
            machine.command("drill talk", COMMAND_SECONDS)
            before = live(machine)
            for line, name in FAULTS.items():
                output = machine.command(f"drill talk test -> {line}", COMMAND_SECONDS)
                expect(f"servers: faulty: {name}; of " in output, f"no word of '{name}'", machine.log)
                expect("test !! faulty -4" in output, "who has called is not told", machine.log)
                runs, objects = map(int, re.search(r"it had not freed \d+: (\d+) runs, (\d+) objects", output).groups())
                expect(runs >= 1 and (mode == "user" or objects == 10), f"{runs} runs, {objects} objects", machine.log)
                expect("faulty" not in live(machine), "it still owns something", machine.log)
                answer = machine.command("drill talk test -> echo 1: 1 2 3", COMMAND_SECONDS)
                expect("test <- echo 0:" in answer, "echo does not go on", machine.log)
                machine.command("drill talk test starts faulty", COMMAND_SECONDS)
            expect(live(machine) == before, f"{before} became {live(machine)}", machine.log)
            halt(machine)

    return case


REFUSED = "what it has as device memory is the machine's own"


def memory_is_no_device(mode):
    """A server to which the manifest gives the kernel's image is not started; the others are."""

    def case(context):
        image = pathlib.Path(context.image).parent.with_name("kernel-user" if mode == "user" else "kernel-clang") / "drills.img"
        with context.booted(image=str(image)) as machine:
            expect(states(machine)["greedy"] == "was not started", "greedy was started", machine.log)
            output = machine.command("start greedy", COMMAND_SECONDS)
            expect(f"servers: greedy could not be started: {REFUSED}\n" in output, f"start says {output!r}", machine.log)
            expect(states(machine)["greedy"] == REFUSED and "greedy" not in live(machine), "it has something", machine.log)
            halt(machine, failed=True)

    return case


def words(text):
    """Of a message, as it is written."""
    for word in text.split():
        number, _, times = word.partition("*")
        yield from [int(number, 0)] * int(times or 1)


def map_is_told(mode):
    """The memory server tells the whole map: in order, without overlaps, and with what the plan says is usable."""

    def case(context):
        with context.booted(image=image_of(context, mode)) as machine:
            machine.command("drill talk", COMMAND_SECONDS)
            usable = end = number = 0
            while True:
                answer = machine.command(f"drill talk test -> memory 6: {number}", COMMAND_SECONDS).splitlines()[-1]
                if answer == "test <- memory -1:":
                    break
                expect(answer.startswith("test <- memory 0: "), f"range {number}: {answer!r}", machine.log)
                start, stop, kind = words(answer.removeprefix("test <- memory 0: "))
                expect(end <= start < stop and kind <= 4, f"range {number}: {answer!r}", machine.log)
                usable += (stop - start) * (kind == 0 and start >= 1 << 20)  # below it is nobody's
                end, number = stop, number + 1
            planned = re.search(r'"usable_bytes":(\d+)', machine.log)
            expect(number > 2 and planned and int(planned[1]) == usable, f"{usable} usable bytes in {number} ranges", machine.log)
            halt(machine)

    return case


def plan_is_told(mode):
    """The memory server tells the whole plan: what the certificate has."""

    def case(context):
        with context.booted(image=image_of(context, mode)) as machine:
            plan = json.loads(certificate_of(machine.boot_log))
            wanted = [(place["name"], place["start"], place["end"]) for place in plan["reserved"]]
            for region in plan["regions"]:
                wanted += [("heap-table", region["table_start"], region["table_end"]), ("heap", region["start"], region["end"])]
            machine.command("drill talk", COMMAND_SECONDS)
            for number, (name, start, end) in enumerate(wanted):
                answer = machine.command(f"drill talk test -> memory 10: {number}", COMMAND_SECONDS).splitlines()[-1]
                told = answer.removeprefix("test <- memory 0: ").split("'", 1)
                expect(list(words(told[0])) == [int(start, 16), int(end, 16)], f"place {number}: {answer!r}", machine.log)
                expect("".join(re.findall(r"'([^']*)'", answer)) == name, f"place {number} is no {name}: {answer!r}", machine.log)
            answer = machine.command(f"drill talk test -> memory 10: {len(wanted)}", COMMAND_SECONDS).splitlines()[-1]
            expect(answer == "test <- memory -1:", f"more than the plan: {answer!r}", machine.log)
            halt(machine)

    return case


PICTURE = re.compile(r"((?:  \|[ .:=+*#%@-]{1,64}\|\n){4,8})  ' ' has no blocks in use, '@' all of its (\d+)\n\Z")
NOBODY = '  nobody has more than at the mark, or there is none: "leaks mark"\n'


def memory_is_shown(mode):
    """What the shell asks the memory server: the heap is drawn, also while something large is in it; who has more than at a mark is
    named, and it alone."""

    def case(context):
        with context.booted(image=image_of(context, mode, "tessera.img")) as machine:
            def says(command, answer):
                output = machine.command(command, COMMAND_SECONDS)
                expect(output == answer, f"{command!r} says {output!r}", machine.log)

            def full():
                output = machine.command("heap plain", COMMAND_SECONDS)
                found = PICTURE.search(output)
                expect(found, f"no picture: {output!r}", machine.log)
                return found[1].count("@"), int(found[2])

            full()  # all that takes part has what it needs after this
            says("leaks", NOBODY)
            says("leaks mark", "")
            says("leaks", NOBODY)
            before, blocks = full()
            address = re.search(r"0x[0-9a-f]+", machine.command("alloc 16M", COMMAND_SECONDS))
            expect(address, "no memory", machine.log)
            says("leaks", "  kernel: 1 runs, 0 objects more than at the mark\n")
            more = 4096 // blocks
            expect(more - 1 <= full()[0] - before <= more + 1, f"{full()[0]} cells are full, and {before} were before", machine.log)
            machine.command(f"free {address[0]}", COMMAND_SECONDS)
            expect(full()[0] == before, "what is free is drawn", machine.log)
            says("leaks", NOBODY)
            machine.command("put color red", COMMAND_SECONDS)
            output = machine.command("leaks", COMMAND_SECONDS)
            expect(re.search(r"^  store: (?!0 runs, 0 )\d+ runs, \d+ objects more than at the mark$", output, re.MULTILINE),
                   f"leaks: {output!r}", machine.log)
            says("leaks forget", "")
            says("leaks", NOBODY)
            expect("\x1b[32m " in machine.command("heap", COMMAND_SECONDS), "no colours", machine.log)
            halt(machine)

    return case


TOP = pathlib.Path(__file__).resolve().parents[2]
CASES = [
    *(
        (f"servers: {path.parent.name}/{path.name}, {mode}", conversation(path, mode))
        for path in sorted(TOP.glob("servers/*/conversation*"))
        for mode in MODES
    ),
    *((f"servers: {name}, {mode}", make(mode)) for name, make in
      (("drill", drilled), ("ended one by one", ended_one_by_one), ("faults", faults), ("map is told", map_is_told),
       ("plan is told", plan_is_told), ("memory is no device", memory_is_no_device),
       ("memory is shown", memory_is_shown)) for mode in MODES),
]
