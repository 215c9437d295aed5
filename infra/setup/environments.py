"""Makes the project's Python environments from nothing but a Python with pip, and keeps them equal to their locks.

    python3 infra/setup/environments.py engine dev

Standard library only, and syntax that an old Python can read, so that it can say what is wrong there. An environment
that is up to date costs a few milliseconds. Environments: `dev` in .venv, the others in .local/envs/<name>.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENTS = ROOT / ".local" / "envs"
UV = ENVIRONMENTS / "uv" / "bin" / "uv"
NAMES = ("dev", "engine", "sam", "fuzz", "load")
OLDEST, NEWEST = (3, 11), (3, 14)
# Variables of an active virtualenv, of pip or of the interpreter that would send an installation somewhere else.
DISTURBING = (
    "CONDA_PREFIX",
    "PIP_PREFIX",
    "PIP_REQUIRE_VIRTUALENV",
    "PIP_ROOT",
    "PIP_TARGET",
    "PIP_USER",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONHOME",
    "PYTHONPATH",
    "UV_PROJECT_ENVIRONMENT",
    "UV_PYTHON",
    "UV_SYSTEM_PYTHON",
    "VIRTUAL_ENV",
    "__PYVENV_LAUNCHER__",
)


class SetupError(Exception):
    """An environment cannot be made; the message says what the person at the keyboard can do."""


def environment_path(name: str) -> Path:
    """Where the named environment lives; `dev` is where editors look for one."""
    return ROOT / ".venv" if name == "dev" else ENVIRONMENTS / name


def environment_python(name: str) -> Path:
    """The interpreter inside the named environment."""
    return environment_path(name) / "bin" / "python"


def ensure(name: str, exact: bool = False) -> Path:  # noqa: FBT001, FBT002 - mirrors the command line's flag
    """Return the named environment's interpreter, made or brought up to date first where its lock has changed.

    An environment keeps the Python version it was made with, unless `exact` asks for the running one.
    """
    if _is_current(name, exact):
        return environment_python(name)
    find_interpreter(exact)  # an old Python is told so before anything is fetched
    uv = ensure_uv()
    with _one_at_a_time():
        if not _is_current(name, exact):
            _install(name, uv, exact)
    return environment_python(name)


def ensure_uv() -> Path | None:
    """Return the pinned uv, installed first if need be; another uv on the PATH if pip cannot; None if there is none."""
    if not _uv_is_current():
        with _one_at_a_time():
            if not _uv_is_current():
                _install_uv()
    if UV.exists():
        return UV
    other = shutil.which("uv")
    return Path(other) if other else None


def installer_environment() -> dict[str, str]:
    """The process environment for pip and uv: undisturbed by virtualenvs, with pip's own index settings for uv."""
    environment = {key: value for key, value in os.environ.items() if key not in DISTURBING}
    # A stalled server ends in an error rather than in waiting: pip and uv give up on it after this many seconds.
    environment.setdefault("PIP_DEFAULT_TIMEOUT", "60")
    environment.setdefault("UV_HTTP_TIMEOUT", "60")
    environment.update(UV_PYTHON_DOWNLOADS="never", PIP_ROOT_USER_ACTION="ignore")
    for pip_name, uv_name in (
        ("PIP_INDEX_URL", "UV_DEFAULT_INDEX"),
        ("PIP_EXTRA_INDEX_URL", "UV_INDEX"),
        ("PIP_CERT", "SSL_CERT_FILE"),
    ):
        if environment.get(pip_name):
            environment.setdefault(uv_name, environment[pip_name])
    # Every file is checked against the lock's hashes, so whichever index has it may serve it.
    environment.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    return environment


def find_interpreter(exact: bool = False) -> str:  # noqa: FBT001, FBT002
    """Return a Python that the project supports: the running one, or else one that the PATH has."""
    if OLDEST <= sys.version_info[:2] <= NEWEST:
        return _outside_virtualenv()
    if not exact:
        for minor in (13, 12, 11, 14):
            command = shutil.which(f"python3.{minor}")
            if command and _version_of(command) == (3, minor):
                return command
    major, minor = sys.version_info[:2]
    raise SetupError(
        f"Agora needs Python 3.11 to 3.14; {sys.executable} is {major}.{minor}. Install one (e.g. `apt install "
        "python3.13` or `brew install python@3.13`), or name it: make PYTHON=/path/to/python3.13"
    )


def _outside_virtualenv() -> str:
    """The running interpreter, or the one that the active virtualenv was made from: it outlives the virtualenv."""
    base = getattr(sys, "_base_executable", None)
    return base if base and Path(base).exists() else sys.executable


def _version_of(command: str) -> tuple[int, ...]:
    code = "import sys; print(*sys.version_info[:2])"
    try:
        result = subprocess.run([command, "-IS", "-c", code], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError):
        return ()
    return tuple(int(part) for part in result.stdout.split())


def _lock_path(name: str) -> Path:
    return ROOT / "requirements" / (name + ".txt")


def _lock_hash(name: str) -> str:
    return hashlib.sha256(_lock_path(name).read_bytes()).hexdigest()


def _read_stamp(path: Path) -> dict[str, str]:
    try:
        stamp: dict[str, str] = json.loads((path / "agora-stamp.json").read_text())
    except (OSError, ValueError):
        return {}
    return stamp


def _write_stamp(path: Path, name: str) -> None:
    (path / "agora-stamp.json").write_text(json.dumps({"lock": _lock_hash(name)}))


def _is_current(name: str, exact: bool) -> bool:  # noqa: FBT001
    """Whether the environment matches its lock; a dangling link to a removed Python counts as missing."""
    if not environment_python(name).exists():
        return False
    if exact and _environment_version(name) != sys.version_info[:2]:
        return False
    return _read_stamp(environment_path(name)).get("lock") == _lock_hash(name)


def _environment_version(name: str) -> tuple[int, ...]:
    """The Python version that the environment was made with, from its pyvenv.cfg."""
    with contextlib.suppress(OSError, ValueError):
        for line in (environment_path(name) / "pyvenv.cfg").read_text().splitlines():
            key, _, value = line.partition("=")
            if key.strip() in ("version", "version_info"):
                return tuple(int(part) for part in value.strip().split(".")[:2])
    return ()


@contextlib.contextmanager
def _one_at_a_time() -> Iterator[None]:
    """Two makes at once would install into each other's half-made environment: the second waits for the first."""
    ENVIRONMENTS.mkdir(parents=True, exist_ok=True)
    with (ENVIRONMENTS / ".lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _install(name: str, uv: Path | None, exact: bool) -> None:  # noqa: FBT001
    interpreter = find_interpreter(exact)
    path = environment_path(name)
    _say(f"preparing the {name} environment in {path.relative_to(ROOT)} ...")
    version = _environment_version(name)
    keep = environment_python(name).exists() and (
        version == sys.version_info[:2] if exact else OLDEST <= version <= NEWEST
    )
    if uv:
        _install_with_uv(uv, name, None if keep else interpreter)
    else:
        _say("uv is not to be had here: installing with pip, which takes longer")
        _install_with_pip(name, None if keep else interpreter)
    _write_stamp(path, name)


def _install_with_uv(uv: Path, name: str, interpreter: str | None) -> None:
    path = environment_path(name)
    if interpreter:
        _run([str(uv), "venv", "--quiet", "--no-project", "--clear", "--python", interpreter, str(path)])
    sync = [str(uv), "pip", "sync", "--require-hashes", "--compile-bytecode", "--python"]
    _run([*sync, str(environment_python(name)), str(_lock_path(name))])


def _install_with_pip(name: str, interpreter: str | None) -> None:
    path = environment_path(name)
    if interpreter:
        _run([interpreter, "-m", "venv", "--clear", str(path)])
    # The lock is complete, and leaves out on purpose what chalice's command line would drag in.
    pip = [str(environment_python(name)), "-m", "pip", "--disable-pip-version-check", "install", "-qq"]
    _run([*pip, "--no-deps", "--require-hashes", "-r", str(_lock_path(name))])


def _uv_is_current() -> bool:
    return UV.exists() and _read_stamp(UV.parents[1]).get("lock") == _lock_hash("uv")


def _install_uv() -> None:
    """Put the pinned uv into a folder of its own with pip; needs no venv module, which some systems split off."""
    target = UV.parents[1]
    shutil.rmtree(target, ignore_errors=True)
    pip = [find_interpreter(), "-m", "pip", "--disable-pip-version-check", "install", "-qq"]
    command = [*pip, "--no-deps", "--require-hashes", "--target", str(target), "-r", str(_lock_path("uv"))]
    _say("fetching uv, the installer ...")
    with contextlib.suppress(SetupError):
        _run(command)
        _write_stamp(target, "uv")


def _run(command: list[str]) -> None:
    """Run an installer, showing its progress but not its closing list of every package."""
    line = " ".join(command)
    try:
        with subprocess.Popen(
            command, stderr=subprocess.PIPE, text=True, env=installer_environment(), cwd=ROOT
        ) as process:
            for message in process.stderr or ():
                if not message.startswith((" +", " -", " ~", " Downloaded")):
                    _say(message.strip())
    except OSError as error:
        raise SetupError(f"this could not run: {line}\n{error}") from None
    if process.returncode:
        raise SetupError(
            f"this failed with exit code {process.returncode}: {line}\nIf packages could not be downloaded, check the "
            "connection (or set PIP_INDEX_URL to your own index) and run the same command again: downloads are kept."
        )


def _say(message: str) -> None:
    sys.stderr.write(f"agora: {message}\n")
    sys.stderr.flush()


def main(arguments: list[str] | None = None) -> int:
    """Make the environments named on the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("names", nargs="+", choices=NAMES, metavar="|".join(NAMES))
    parser.add_argument("--exact", action="store_true", help="with this very Python, even if one is made with another")
    options = parser.parse_args(arguments)
    try:
        for name in options.names:
            ensure(name, options.exact)
    except SetupError as error:
        _say(str(error))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
