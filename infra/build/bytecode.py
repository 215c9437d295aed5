"""Bytecode that Python trusts without looking at its source: `unchecked-hash` (PEP 552).

Timestamp bytecode, the default, is thrown away by every packaging step that changes a file's time, and then each cold
start compiles everything again (2.75 times the instructions).
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

COMPILE_TIMEOUT = 300


def compile_tree(root: Path, location: str, python: str) -> None:
    """Compile every module under `root` for Python `python`; tracebacks will name `location` in place of `root`.

    Without an interpreter of that version the layer works as well, only slower to start: says so and carries on.
    """
    interpreter = find_interpreter(python)
    if interpreter is None:
        sys.stderr.write(
            f"agora: no Python {python} found: {root.name} ships without bytecode, which makes cold starts slower\n"
        )
        return
    command = [interpreter, "-I", "-S", "-m", "compileall", "-q", "-f", "--invalidation-mode", "unchecked-hash"]
    command += ["-s", str(root), "-p", location, str(root)]
    subprocess.run(command, check=True, timeout=COMPILE_TIMEOUT)


@lru_cache
def find_interpreter(python: str) -> str | None:
    """A command that runs Python `python` ("3.13"): the running one, one on the PATH, or one of pyenv or uv."""
    for candidate in _candidates(python):
        if _runs(candidate, python):
            return candidate
    return None


def _candidates(python: str) -> Iterator[str]:
    if f"{sys.version_info.major}.{sys.version_info.minor}" == python:
        yield sys.executable
    found = shutil.which(f"python{python}")
    if found:
        yield found
    home = Path.home()
    folders = [Path(os.environ.get("PYENV_ROOT", home / ".pyenv")) / "versions", home / ".local/share/uv/python"]
    for folder in folders:
        for installed in sorted(folder.glob(f"*{python}*/bin/python{python}"), reverse=True):
            yield str(installed)


def _runs(command: str, python: str) -> bool:
    """A pyenv shim exists for versions that are not active, and fails; only running it tells."""
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    try:
        result = subprocess.run([command, "-IS", "-c", code], capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.SubprocessError):
        return False
    return result.returncode == 0 and result.stdout.strip() == python
