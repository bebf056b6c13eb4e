"""Writes version.c: the version from CMake and the commit from git, if the sources are a git checkout.

usage: version.py VERSION SOURCE_DIR OUTPUT

The file is left alone when it would not change, so that nothing is built again.
"""
import pathlib
import subprocess
import sys


def commit_of(source: str) -> str:
    command = ["git", "-C", source, "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*"]
    if not (pathlib.Path(source) / ".git").exists():
        return "no commit"
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "no commit"


def main() -> None:
    version, source, output = sys.argv[1:]
    text = (
        '#include "core/version.h"\n\n'
        f'const char tessera_version[] = "{version}";\n'
        f'const char tessera_commit[] = "{commit_of(source)}";\n'
    )
    path = pathlib.Path(output)
    if not path.exists() or path.read_text() != text:
        path.write_text(text)


main()
