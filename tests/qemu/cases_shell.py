"""The shell, on the serial line, with all servers in the kernel and in ring 3."""
import subprocess
import time

from cases_command import run_command
from cases_servers import MODES, image_of
from machine import COMMAND_FAILED, Config, Machine
from suite import BOOT_SECONDS, COMMAND_SECONDS, expect, halt

UP = "\x1b[A"
PLANS, HOLD_SECONDS = 40, 3  # more than 64 KiB, which a pipe holds
LONG = "x" * 128
REFUSALS = {
    "put color": "error: usage: put KEY VALUE\n",
    "get": "error: usage: get KEY\n",
    "get color": 'error: there is no such key; "keys" lists them\n',
    "keys all": "error: usage: keys\n",
    f"put {'k' * 24} v": "error: a key has 1 to 23 characters\n",
    "log loud": "error: a level is error, warning, note or detail\n",
    "no-such": 'error: unknown command "no-such"; "help" lists them\n',
    LONG: "error: the line is longer than 127 characters\n",
}


def shipped(mode):
    return lambda context: image_of(context, mode, "tessera.img")


def values_are_kept(image):
    def case(context):
        with context.booted(image=image(context)) as machine:
            for command, output in (
                ("put color red", ""), ("put animal a grey elephant", ""), ("get animal", "a grey elephant\n"), ("keys", "  animal\n  color\n"),
                ("put color blue", ""), ("get color", "blue\n"), ("del animal", ""), ("keys", "  color\n"), ("  get   color  ", "blue\n"),
            ):
                said = machine.command(command, COMMAND_SECONDS)
                expect(said == output, f"{command}: {said!r}", machine.log)
            halt(machine)

    return case


def refusals(image):
    """Each in words; `halt` tells that there were some."""

    def case(context):
        with context.booted(image=image(context)) as machine:
            for command, output in REFUSALS.items():
                said = machine.command(command, COMMAND_SECONDS)
                expect(said == output, f"{command}: {said!r}", machine.log)
            machine.type("halt\r")
            machine.finish(COMMAND_SECONDS)
            expect(machine.process.returncode == COMMAND_FAILED, f"status {machine.process.returncode}", machine.log)

    return case


def without_a_server(image):
    """Who does not run is told of, and can be started again."""

    def case(context):
        with context.booted(image=image(context)) as machine:
            machine.command("kill store", COMMAND_SECONDS)
            said = machine.command("get color", COMMAND_SECONDS)
            expect(said == 'error: that server does not run; "servers" lists them\n', said, machine.log)
            machine.command("start store", COMMAND_SECONDS)
            expect(machine.command("put a b", COMMAND_SECONDS) == "", "the store does not run again", machine.log)

    return case


def edited(image):
    """Completion, of the shell's commands and the kernel's; earlier lines; what is typed in the middle."""

    def case(context):
        with context.booted(image=image(context)) as machine:
            machine.type("pu\tcolor red\r")
            machine.wait("put color red", COMMAND_SECONDS)
            machine.wait_prompt(COMMAND_SECONDS)
            expect(machine.command("get color", COMMAND_SECONDS) == "red\n", "not completed", machine.log)
            machine.type(UP + "\r")
            machine.wait("get color\nred", COMMAND_SECONDS)
            machine.wait_prompt(COMMAND_SECONDS)
            machine.type("ver\t\r")
            machine.wait("\nTessera ", COMMAND_SECONDS)
            machine.wait_prompt(COMMAND_SECONDS)
            machine.type("he\t")  # heap, help
            machine.wait("help heap \n", COMMAND_SECONDS)
            machine.type("l\t\r")
            machine.wait("\n  put KEY VALUE", COMMAND_SECONDS)
            machine.wait_prompt(COMMAND_SECONDS)
            halt(machine)

    return case


def typed_ahead(image):
    """What is typed once the kernel has the line is there when somebody reads."""

    def case(context):
        with Machine(Config(image=image(context))) as machine:
            machine.wait("boot: ", BOOT_SECONDS)
            machine.type("version\r")
            machine.wait("tessera> version\nTessera ", BOOT_SECONDS)
            machine.wait_prompt(COMMAND_SECONDS)
            halt(machine)

    return case


def nobody_reads(image):
    """Output that is not read for longer than all buffers last: whoever prints waits, and nothing is lost."""

    def case(context):
        with context.booted(image=image(context)) as machine:
            once = machine.command("plan", COMMAND_SECONDS)
            machine.type("plan\r" * PLANS)
            time.sleep(HOLD_SECONDS)
            for _ in range(PLANS):
                said = machine.wait_prompt(COMMAND_SECONDS)
                expect(said.partition("\n")[2] == once, "a plan is not whole", said)
            halt(machine)

    return case


def output_alone(image):
    """--exec prints what the commands say, and nothing else."""

    def case(context):
        command = run_command(context, image(context), "--exec=put a 1; put b 2; keys; get b")
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=BOOT_SECONDS)
        expect((done.returncode, done.stdout, done.stderr) == (0, "  a\n  b\n2\n", ""), f"{done}")

    return case


CASES = [
    (f"shell: {name}, {mode}", make(shipped(mode)))
    for name, make in (
        ("values are kept", values_are_kept), ("refusals", refusals), ("without a server", without_a_server), ("edited", edited),
        ("output alone", output_alone), ("typed ahead", typed_ahead), ("nobody reads", nobody_reads),
    )
    for mode in MODES
]
