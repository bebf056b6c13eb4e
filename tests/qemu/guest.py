"""What the kernel's boot log says, and the host planner's word on the same map."""
import json
import re
import subprocess

from machine import MachineError


def certificate_of(log):
    """The JSON text of the one line 'tessera: plan {...}'."""
    lines = re.findall(r"^tessera: plan (\{.*\})$", log, re.MULTILINE)
    if len(lines) != 1:
        raise MachineError(f"{len(lines)} certificate lines instead of one", log)
    return lines[0]


def raw_map_of(log):
    """The lines of the firmware's map as the kernel prints them."""
    return "".join(re.findall(r"^tessera-map: .*\n", log, re.MULTILINE))


def planned_on_host(planner, log):
    """The host planner's certificate on the map, widths and image that the kernel reports."""
    said = json.loads(certificate_of(log))
    command = [planner, "--json", "--phys-bits", str(said["phys_bits"]), "--page-bits", str(said["page_bits"])]
    command += ["--image", "-".join(said["image"]), "-"]
    done = subprocess.run(command, input=raw_map_of(log), capture_output=True, text=True, timeout=30)
    if done.returncode != 0:
        raise MachineError(f"the host planner refused the kernel's map: {done.stderr.strip()}", log)
    return done.stdout.strip()


def check_certificate(planner, log):
    """The kernel and the host, given the same, must say the same, byte for byte. Returns it, read."""
    kernel, host = certificate_of(log), planned_on_host(planner, log)
    if kernel != host:
        raise MachineError(f"certificates differ\n    kernel {kernel}\n    host   {host}")
    return json.loads(kernel)
