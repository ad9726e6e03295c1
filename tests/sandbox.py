"""What a hardened unit leaves a process: the whole machine read-only but for a few folders, and no home.

The same as systemd's `ProtectSystem=strict`, `ReadWritePaths=` and `PrivateTmp=yes`, made by bubblewrap.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import pytest

from tests.installation import ROOT
from tests.servers import IN_CI, program

# These may lie below the temporary folder, which is empty in there.
SEEN = dict.fromkeys([ROOT, Path(sys.prefix).resolve(), Path(sys.base_prefix).resolve()])


@cache
def _bubblewrap() -> str:
    path = program("bwrap")
    tried = subprocess.run(
        [path, "--ro-bind", "/", "/", "--tmpfs", tempfile.gettempdir(), "true"],
        capture_output=True,
        text=True,
    )
    if tried.returncode:
        why = f"bwrap cannot make namespaces here: {tried.stderr.strip()}"
        pytest.fail(why, pytrace=False) if IN_CI else pytest.skip(why)
    return path


def sandboxed(command: Sequence[str], writable: Sequence[Path], readable: Sequence[Path] = ()) -> list[str]:
    """The command in a world that is read-only but for these folders and an empty temporary one."""
    words = [
        _bubblewrap(),
        "--ro-bind",
        "/",
        "/",
        "--dev-bind",
        "/dev",
        "/dev",
        "--tmpfs",
        tempfile.gettempdir(),
    ]
    for path in [*SEEN, *readable]:
        words += ["--ro-bind", str(path), str(path)]
    for path in writable:
        words += ["--bind", str(path), str(path)]
    return [*words, "--die-with-parent", "--chdir", str(ROOT), "--", *command]


def bare(**variables: str) -> dict[str, str]:
    """The environment that systemd gives: nothing of the operator's shell, and a home that is not there."""
    path = [
        str(Path(sys.executable).parent),
        str(Path(program("initdb")).parent),
        os.defpath,
        "/usr/bin",
        "/bin",
    ]
    return {"PATH": os.pathsep.join(path), "HOME": "/nonexistent", "LANG": "C.UTF-8"} | variables
