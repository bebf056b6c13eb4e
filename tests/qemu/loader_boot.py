"""Boots of Tessera's loader to their end, with a kernel that prints its handoff in place of Tessera's."""
import pathlib

from firmware import Firmware, Handoff, assembled, loader_of, with_firmware, with_kernel
from machine import Config, run_once
from suite import expect

SECONDS = 30
LOADER_FAILED = "the kernel stopped with a failure"  # the exit device's value; the loader uses the kernel's


def write(context, data):
    path = context.folder / "disk"
    path.write_bytes(data)
    return str(path)


def tessera(context):
    return pathlib.Path(context.image).read_bytes()


def dumping(context):
    """Tessera's loader with the kernel that prints its handoff."""
    return with_kernel(loader_of(tessera(context)), assembled(context, "handoff_dump"))


def run(data, context, **config):
    """Boots `data` as the first disk, or as what config.extra makes of {disk}: (reason, log)."""
    path = write(context, data)
    extra = [argument.replace("{disk}", path) for argument in config.pop("extra", [])]
    image = "" if extra else path
    return run_once(Config(**{"image": image, "mem": "16M", "extra": extra, **config}), SECONDS)


def refused(sentence, data, context, **config):
    """The loader says `sentence` and ends the machine with failure."""
    reason, log = run(data, context, **config)
    expect(reason == LOADER_FAILED, f"ended with: {reason}", log)
    expect(f"loader: {sentence}" in log, f"no line 'loader: {sentence}'", log)
    expect("handoff " not in log and "tessera: " not in log, "the kernel was started all the same", log)
    return log


def handed_over(data, context, **config):
    """The handoff of a loader that succeeds."""
    reason, log = run(data, context, **config)
    expect(reason is None, f"ended with: {reason}", log)
    expect("loader: kernel at 0x00100000\n" in log, "the loader doesn't say where the kernel is", log)
    handoff = Handoff.printed_in(log)
    expect(handoff is not None, "no handoff was printed", log)
    return handoff


def refused_under(sentence, **quirks):
    """A case: under a firmware with these quirks the loader says `sentence`."""

    def case(context):
        refused(sentence, with_firmware(context, Firmware(**quirks), dumping(context)), context)

    return case
