"""./tessera itself: help, wrong usage, missing programs, folders. Needs no machine but in the last case."""
import os
import pathlib
import re
import shutil
import subprocess

from suite import expect

SECONDS = 300
COMMANDS = ("run", "image", "test", "plan", "debug", "bench", "new-test", "new-server")
SYSTEM = "bash cat cut dirname env flock grep hash id mkdir mktemp readlink rm sed sort true uname".split()


def tessera(context, *arguments, **settings):
    """(status, standard output, standard error) of ./tessera, called as `program` from folder `cwd`."""
    program = settings.pop("program", context.top / "tessera")
    done = subprocess.run(
        [str(program), *arguments],
        **{"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "timeout": SECONDS, **settings},
    )
    return done.returncode, done.stdout, done.stderr


def wrong(*arguments, words):
    """Wrong usage: status 2, and what was wrong is named."""

    def case(context):
        status, out, errors = tessera(context, *arguments)
        expect(status == 2, f"status {status}", out + errors)
        expect(words in errors, f"no word of '{words}'", errors)

    return case


def help_everywhere(context):
    """Each command has its help, with exit statuses, and the overview names them all and no others."""
    status, overview, _ = tessera(context, "--help")
    expect(status == 0, f"status {status}")
    listed = tuple(re.findall(r"^  ([a-z-]+) {2,}", overview, re.MULTILINE))
    expect(listed == COMMANDS, f"the overview names {listed}")
    for command in COMMANDS:
        status, out, _ = tessera(context, command, "--help")
        expect(status == 0 and "Exit status:" in out and f"./tessera {command}" in out, f"help of {command}", out)


def no_command(context):
    status, out, _ = tessera(context)
    expect(status == 2 and "usage: ./tessera" in out, f"status {status}", out)


def version(context):
    wanted = re.search(r"VERSION (\d+\.\d+\.\d+)", (context.top / "CMakeLists.txt").read_text())[1]
    status, out, _ = tessera(context, "--version")
    expect(status == 0 and out.split()[:2] == ["Tessera", wanted], f"status {status}: {out}")


def closed_input(context):
    """A closed standard input is an empty one."""
    command = [str(context.top / "tessera"), "run"]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=SECONDS, close_fds=True, preexec_fn=lambda: os.close(0)
    )
    expect(done.returncode == 0 and done.stdout.endswith("tessera> halt\n"), f"status {done.returncode}", done.stderr)


def read_only(context):
    """Where nothing can be written there is one sentence about it."""
    copy = context.folder / "a copy"
    shutil.copytree(context.top, copy, ignore=shutil.ignore_patterns("build", "__pycache__", ".git"))
    context.folder.chmod(0o755)

    def without_rights():
        if os.getuid() == 0:
            os.setuid(65534)

    copy.chmod(0o555)
    status, out, errors = tessera(context, "image", program=copy / "tessera", preexec_fn=without_rights)
    expect(status == 1 and not out, f"status {status}", out + errors)
    expect(re.fullmatch(r"tessera: cannot write in '.*build', where everything is built\n", errors), errors)


def checked_first(context):
    """Wrong values are named in a checkout that doesn't even build."""
    copy = context.folder / "a copy"
    shutil.copytree(context.top, copy, ignore=shutil.ignore_patterns("build", "__pycache__", ".git"))
    (copy / "CMakeLists.txt").write_text("broken on purpose")
    for words in (
        "run --mem 2T", "run --mem=1000000000", "run --mem=", "run --timeout 0", "run --exec \t", "run --exec=\xe9",
        "run --map .", "run --map no-such-file", "run --map /dev/null ",
        "debug --machine toaster", "debug --mem=0", "debug --map=no-such-file", "debug --exec x",
        "plan --page-bits 12", "plan --phys-bits=65", "plan --image 7", "plan --image", "plan no-such-file", "plan a b c",
        "new-test a no-such-file", "test ", "image x",
    ):
        status, out, errors = tessera(context, *words.split(" "), program=copy / "tessera")
        expect(status == 2 and not out, f"{words!r}: status {status}", out + errors)
        expect(all(line.startswith("tessera: ") for line in errors.splitlines()), f"{words!r}", errors)


def any_folder(context):
    """Called by a link, from elsewhere: the last line is the image's path."""
    link = context.folder / "a link"
    link.symlink_to(context.top / "tessera")
    status, out, errors = tessera(context, "image", program=link, cwd="/")
    expect(status == 0, f"status {status}", errors)
    expect(pathlib.Path(out.splitlines()[-1]).stat().st_size >= 1 << 20, out)


def two_at_once(context):
    command = [str(context.top / "tessera"), "run", "--exec", "version"]
    running = [subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) for _ in range(3)]
    statuses = [process.wait(SECONDS) for process in running]
    expect(statuses == [0, 0, 0], f"statuses {statuses}")


# --- missing programs, in a PATH of our own ---


def bare_system(context, *programs, **scripts):
    """An environment with the basic tools, these programs, and these scripts; apt-get and sudo record their calls."""
    folder = context.folder / "bin"
    folder.mkdir()
    for name in [*SYSTEM, *programs]:
        if found := shutil.which(name):
            (folder / name).symlink_to(found)
    for name, text in scripts.items():
        path = folder / name.replace("_", "-")
        path.unlink(missing_ok=True)
        path.write_text(f"#!{shutil.which('bash')}\n{text}\n")
        path.chmod(0o755)
    return {**os.environ, "PATH": str(folder), "CALLS": str(context.folder / "calls")}


RECORD = 'echo "${0##*/} $*" >>"$CALLS"'


def calls(context):
    path = context.folder / "calls"
    return path.read_text() if path.exists() else ""


def other_system(context):
    """Without apt-get: the programs are listed."""
    status, _, errors = tessera(context, "image", env=bare_system(context))
    expect(status == 2, f"status {status}", errors)
    for thing in ("gcc", "nasm", "cmake", "ninja", "python3"):
        expect(re.search(rf"^  {thing} ", errors, re.MULTILINE), f"'{thing}' isn't listed", errors)


def without_rights(context):
    """Neither root nor sudo: the exact command is printed, nothing is called."""
    environment = bare_system(context, apt_get=RECORD, id="echo 1000", sudo="exit 1")
    status, _, errors = tessera(context, "image", env=environment)
    expect(status == 2 and not calls(context), f"status {status}, called: {calls(context)}", errors)
    line = r"^  sudo apt-get install -y --no-install-recommends .*\bnasm\b.*$"
    expect(re.search(line, errors, re.MULTILINE), "the command isn't shown", errors)


def installs(called, **scripts):
    """What is missing is named before it is installed; what is still missing after that, too."""

    def case(context):
        environment = bare_system(context, "gcc", "objcopy", "cmake", "ninja", "python3", apt_get=RECORD, **scripts)
        status, _, errors = tessera(context, "image", env=environment)
        expect(status == 2 and "still missing" in errors, f"status {status}", errors)
        expect(re.search(r"^  nasm +\w+", errors, re.MULTILINE), "nasm isn't announced", errors)
        done = calls(context)
        expect(re.search(called, done), f"called: {done}")
        expect(re.search(r" install -y --no-install-recommends(?=.* nasm\b)", done), f"called: {done}")
        expect(" cmake" not in done, f"what is there is installed again: {done}")

    return case


def nothing_missing(context):
    """When all is there, no package manager is called."""
    environment = bare_system(context, apt_get=RECORD, sudo=RECORD)
    environment["PATH"] += os.pathsep + os.environ["PATH"]
    status, _, errors = tessera(context, "image", env=environment)
    expect(status == 0 and not calls(context), f"status {status}, called: {calls(context)}", errors)


def compiler_speaks(context):
    """A build that fails shows what the compiler said, and leaves no image to be booted by mistake."""
    copy = context.folder / "a copy"
    shutil.copytree(context.top, copy, ignore=shutil.ignore_patterns("build", "__pycache__", ".git"))
    with open(copy / "core" / "status.c", "a") as file:
        file.write("int broken_on_purpose(void) { return no_such_name; }\n")
    status, out, errors = tessera(context, "run", program=copy / "tessera")
    expect(status == 1 and "no_such_name" in errors, f"status {status}", errors)
    expect(not out, f"printed {out!r}")


def debugger_machine(context):
    """debug boots the machine that its options describe, as run does."""
    maps = str(context.top / "tests" / "maps" / "maps.jsonl")
    arguments = ["--mem=64M", "--machine", "q35", f"--map={maps}", "bochs-32mib", "--batch"]
    batch = "continue; break command_heap; continue; tessera-serial"
    status, out, errors = tessera(context, "debug", *arguments, batch)
    expect(status == 0 and "memory map: PRETENDED" in out, f"status {status}", out + errors)
    expect("warning" not in errors, "gdb has something to complain of", errors)


def debugger(context):
    """gdb stands at the reset vector, and stops at the kernel's first instruction."""
    batch = "continue; tessera-serial; break start_heap; continue; tessera-plan; break thread_idle; continue; "
    batch += "tessera-map; tessera-heap; tessera-tables kmain"
    status, out, errors = tessera(context, "debug", "--batch", batch)
    expect(status == 0, f"status {status}", out + errors)
    for words in (
        "0x000000000000fff0", "kernel_entry ()", "loader: kernel at", "start_heap ()", "heap regions",
        " entries from the firmware", " blocks used, peak ", " blocks, free runs of lengths ", "bit 12: entry 0x",
    ):
        expect(words in out, f"no word of '{words}'", out + errors)
    for noise in ("PhyMemMode", "detached", "warning", "no member"):
        expect(noise not in out + errors, f"a word of '{noise}'", out + errors)


PLAN = ("plan", "--image", "0x100000-0x140000")
CASES = [
    ("tessera: help", help_everywhere),
    ("tessera: no command", no_command),
    ("tessera: version", version),
    ("tessera: from another folder, by a link", any_folder),
    ("tessera: several at once", two_at_once),
    ("tessera: unknown command", wrong("no-such", words="unknown command 'no-such'")),
    ("tessera: unknown option", wrong("--no-such", words="unknown option '--no-such'")),
    *((f"tessera: unknown option of {command}", wrong(command, "--no-such", words="'--no-such'")) for command in COMMANDS),
    ("tessera: memory of no size", wrong("run", "--mem", "lots", words="'lots'")),
    ("tessera: memory of half a page", wrong("run", "--mem", "16385K", words="not a multiple of 8K")),
    ("tessera: unprintable command", wrong("run", "--exec", "version\x1b", words="printable ASCII")),
    ("tessera: too much memory", wrong("run", "--mem", "2T", words="2T")),
    ("tessera: unknown machine", wrong("run", "--machine=toaster", words="'toaster'")),
    ("tessera: option without its value", wrong("run", "--exec", words="--exec needs a value")),
    ("tessera: map that isn't there", wrong("run", "--map", "no-such-file", words="'no-such-file'")),
    ("tessera: test that isn't there", wrong("test", "no such test", words="'no such test'")),
    ("tessera: plan of a file that isn't there", wrong(*PLAN, "no-such-file", words="no-such-file")),
    ("tessera: name that is none", wrong("new-test", "Bad-Name", "/dev/null", words="'Bad-Name'")),
    ("tessera: other system", other_system),
    ("tessera: without rights", without_rights),
    ("tessera: installs as root", installs("^apt-get .* update\n", id="echo 0")),
    ("tessera: installs with sudo", installs("sudo -n .*apt-get .* update\n", id="echo 1000", sudo=RECORD + '\nshift\nexec "$@"')),
    ("tessera: nothing missing", nothing_missing),
    ("tessera: a build that fails", compiler_speaks),
    ("tessera: debugger", debugger),
    ("tessera: debugger's machine", debugger_machine),
    ("tessera: closed input", closed_input),
    ("tessera: nothing can be written", read_only),
    ("tessera: values are checked first", checked_first),
]
