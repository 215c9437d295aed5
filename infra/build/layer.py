"""Builds one layer: a context's package with its locked dependencies, trimmed, as bytecode that loads without checks.

    python infra/build/layer.py kernel build/kernel --target host
    python infra/build/layer.py kernel build/kernel --target lambda --arch arm64

`--target host` builds for this machine and the running Python, which is what the local engine runs functions with;
`--target lambda` builds for AWS from any machine. Installed dependencies are kept in .local/cache/layers, so that only
the first build of a lock downloads and compiles them. The same input gives the same bytes.
"""

import argparse
import contextlib
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
if str(ROOT) not in sys.path:  # run as a script, by `sam build` too
    sys.path.insert(0, str(ROOT))

from infra.build import bytecode, trim  # noqa: E402
from infra.setup import environments  # noqa: E402

LAYERS = ROOT / "layers"
CACHE = ROOT / ".local" / "cache" / "layers"
# Only what a function can import; fakes are for tests.
NOT_SHIPPED = shutil.ignore_patterns("__pycache__", "Makefile", "requirements*", "*fakes.py", "*.md")
# What a layer ships besides, from docs/ into its package's folder `documents`.
DOCUMENTS = {"system": ("openapi.json", "problems.json")}
# Zip files know no time before 1980; one fixed time makes equal content equal archives.
EPOCH = 315_619_200
PIP_PLATFORMS = {"arm64": "aarch64", "x86_64": "x86_64"}
INSTALL_TIMEOUT = 900


class BuildError(Exception):
    """A layer cannot be built; the message says why."""


@dataclass(frozen=True)
class Target:
    """Where a layer will run. `machine` is None for the host, whose packages need no naming of a platform."""

    python: str
    machine: str | None

    @classmethod
    def host(cls) -> "Target":
        """This machine, with the running Python."""
        return cls(f"{sys.version_info.major}.{sys.version_info.minor}", None)


def build(name: str, out_dir: Path, target: Target) -> Path:
    """Write the layer `name` to `out_dir`/python, replacing what is there, and return that folder."""
    source = LAYERS / name
    if not (source / "__init__.py").exists():
        raise BuildError(f"there is no layer {name!r}: {source.relative_to(ROOT)}/__init__.py is missing")
    python = out_dir / "python"
    shutil.rmtree(python, ignore_errors=True)
    requirements = _requirements(name)
    if requirements:
        shutil.copytree(_dependencies(requirements, target), python)
    shutil.copytree(source, python / name, ignore=NOT_SHIPPED)
    for document in DOCUMENTS.get(name, ()):
        (python / name / "documents").mkdir(exist_ok=True)
        shutil.copyfile(ROOT / "docs" / document, python / name / "documents" / document)
    bytecode.compile_tree(python / name, f"/opt/python/{name}", target.python)
    _fix_times(python)
    return python


def _requirements(name: str) -> str:
    """The lock of layer `name` without the packages that the kernel, which every function has, already ships."""
    lock = LAYERS / name / "requirements.txt"
    if not lock.exists():
        return ""
    shipped = set() if name == "kernel" else set(pins(LAYERS / "kernel" / "requirements.txt"))
    return "\n".join(block for package, block in pins(lock).items() if package not in shipped)


def pins(lock: Path) -> dict[str, str]:
    """Each package of a lock with its block of text: the pin, its marker and its hashes."""
    blocks = re.findall(r"^([a-z0-9][a-z0-9._-]*)==((?:.*\\\n)*.*)", lock.read_text(), re.MULTILINE)
    return {package: f"{package}=={rest}" for package, rest in blocks}


def _dependencies(requirements: str, target: Target) -> Path:
    """The folder in the cache that holds these requirements for this target, installed first if it is not there."""
    folder = CACHE / f"{_fingerprint(requirements, target)}-{target.machine or 'host'}-{target.python}"
    if folder.exists():
        return folder
    with _locked(folder.with_suffix(".lock")):
        if not folder.exists():
            _install_into_cache(requirements, target, folder)
    return folder


def _fingerprint(requirements: str, target: Target) -> str:
    """Names all that the result depends on: the pins, the target, this builder, and whether bytecode can be made."""
    builder = "".join(path.read_text() for path in sorted(Path(__file__).parent.glob("*.py")))
    compiler = bytecode.find_interpreter(target.python) is not None
    return hashlib.sha256(repr((requirements, target, builder, compiler)).encode()).hexdigest()[:20]


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Nine contexts built at once install the kernel's dependencies once; the others wait."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _install_into_cache(requirements: str, target: Target, folder: Path) -> None:
    with tempfile.TemporaryDirectory(dir=CACHE) as temporary:
        staging, lock = Path(temporary, "python"), Path(temporary, "requirements.txt")
        lock.write_text(requirements)
        _install(lock, staging, target)
        trim.trim(staging)
        bytecode.compile_tree(staging, "/opt/python", target.python)
        _fix_times(staging)
        staging.rename(folder)  # complete or absent, whatever is interrupted


def _install(lock: Path, staging: Path, target: Target) -> None:
    uv = environments.ensure_uv()
    command = _uv_command(uv, target) if uv else _pip_command(target)
    command += ["--quiet", "--no-deps", "--require-hashes", "--only-binary", ":all:", "--target", str(staging)]
    environment = environments.installer_environment()
    try:
        subprocess.run([*command, "-r", str(lock)], check=True, env=environment, cwd=ROOT, timeout=INSTALL_TIMEOUT)
    except (OSError, subprocess.SubprocessError) as error:
        raise BuildError(f"the layer's packages could not be installed: {error}") from error


def _uv_command(uv: Path, target: Target) -> list[str]:
    command = [str(uv), "pip", "install", "--python", sys.executable, "--link-mode", "copy"]
    if target.machine:
        platform = f"{PIP_PLATFORMS[target.machine]}-manylinux_2_28"
        command += ["--python-platform", platform, "--python-version", target.python]
    return command


def _pip_command(target: Target) -> list[str]:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--no-compile"]
    if target.machine:
        machine = PIP_PLATFORMS[target.machine]
        command += ["--platform", f"manylinux_2_28_{machine}", "--platform", f"manylinux2014_{machine}"]
        command += ["--python-version", target.python, "--implementation", "cp"]
    return command


def _fix_times(root: Path) -> None:
    for path in [root, *root.rglob("*")]:
        os.utime(path, (EPOCH, EPOCH))


def main(arguments: list[str] | None = None) -> int:
    """Build the layer named on the command line."""
    parser = argparse.ArgumentParser(description="Build one layer.")
    parser.add_argument("layer")
    parser.add_argument("out_dir", type=Path)
    parser.add_argument("--target", choices=("host", "lambda"), required=True)
    parser.add_argument("--arch", choices=sorted(PIP_PLATFORMS), default="arm64", help="for --target lambda")
    parser.add_argument("--python", default="3.13", help="for --target lambda: the runtime's version")
    options = parser.parse_args(arguments)
    target = Target.host() if options.target == "host" else Target(options.python, options.arch)
    try:
        build(options.layer, options.out_dir, target)
    except (BuildError, environments.SetupError) as error:
        sys.stderr.write(f"agora: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
