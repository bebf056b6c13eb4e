"""In a copy of the sources, in another folder with a space in its name: the build gives the same image, byte for
byte, and every command that the documentation shows does what it says. usage: check_copy.py

A fenced block "```sh" in README.md or docs/ is run as it stands, at the top of the copy, without a terminal and without
input, and must end with 0. What stands after "sh" changes that:
  status=N   it must end with N
  not-run    it is not run: it needs a terminal or a person, or runs these very tests"""
import filecmp
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```sh([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCK_SECONDS = 300


def shell(script, folder):
    """(status, output)"""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        timeout=BLOCK_SECONDS,
    )
    return done.returncode, done.stdout


def same_image(copy):
    status, output = shell("./tessera image", copy)
    if status != 0:
        return f"building it failed:\n{output}"
    image = output.strip().splitlines()[-1]
    if not filecmp.cmp(image, TOP / "build" / "kernel" / "tessera.img", shallow=False):
        return "the image built in another folder has other bytes"
    return None


def blocks():
    """(where, wanted status, script) of each block that is to be run."""
    for path in [TOP / "README.md", *sorted((TOP / "docs").rglob("*.md"))]:
        text = path.read_text() if path.exists() else ""
        for match in BLOCK.finditer(text):
            line = text.count("\n", 0, match.start()) + 1
            words = match[1].split()
            unknown = [word for word in words if not re.fullmatch(r"not-run|status=\d+", word)]
            if unknown:
                raise ValueError(f"{path.name}:{line}: unknown word '{unknown[0]}' after ```sh")
            if "not-run" not in words:
                wanted = [int(word[len("status=") :]) for word in words if word.startswith("status=")]
                yield f"{path.relative_to(TOP)}:{line}", (wanted or [0])[0], match[2]


def main():
    with tempfile.TemporaryDirectory(prefix="tessera-test-") as folder:
        copy = pathlib.Path(folder) / "a copy"
        shutil.copytree(TOP, copy, symlinks=True, ignore=shutil.ignore_patterns("build", "__pycache__"))
        complaint = same_image(copy)
        if complaint:
            print(complaint)
            return 1
        failed = 0
        for where, wanted, script in blocks():
            status, output = shell(script, copy)
            if status != wanted:
                failed += 1
                print(f"{where}: status {status} instead of {wanted}\n{script}{output}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
