"""Compiles every lock from pyproject.toml: requirements/<group>.txt and layers/<context>/requirements.txt.

Each file pins and hashes what one environment or one layer installs, for every supported Python and platform, and names
no index, so that it works with whichever one the reader uses.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from infra.setup import environments

ROOT = environments.ROOT
# The layers' versions follow the development environment's: what is tested is what is shipped.
DEV_LOCK = ROOT / "requirements" / "dev.txt"
# What packages ask for and what a layer ships of them never imports: chalice's command line, and the framework that the
# files of the documentation's viewer are packed for.
NOT_NEEDED = ("django", "click", "inquirer", "pip", "pyyaml", "setuptools", "wheel")
# What an override excludes still comes out of the compiler, with its hashes, under a marker that nothing matches.
EXCLUDED = re.compile(r"^\S.* ; .*sys_platform == 'never'.*\n(?: .*\n)*", re.MULTILINE)


def compile_lock(output: Path, inputs: list[str], *arguments: str, upgrade: bool) -> None:
    """Write `output`, a hash-locked requirements file of `inputs`; without `upgrade` the pins in it are kept."""
    uv = environments.ensure_uv()
    if uv is None:
        sys.exit("agora: uv is needed to compile locks, and pip could not install it")
    command = [str(uv), "pip", "compile", "--quiet", "--universal", "--python-version", "3.11", "--generate-hashes"]
    command += ["--no-annotate", "--custom-compile-command", "make lock", "--output-file", str(output), *arguments]
    command += ["--upgrade"] if upgrade else []
    environment = environments.installer_environment()
    subprocess.run([*command, *inputs], check=True, env=environment, cwd=ROOT, timeout=600)
    output.write_text(EXCLUDED.sub("", output.read_text()))
    sys.stdout.write(f"{output.relative_to(ROOT)}: {output.read_text().count('==')} pins\n")


def compile_layer(name: str, requirements: list[str], *, upgrade: bool) -> None:
    """Write the lock of one layer, constrained to the versions of the development environment."""
    with tempfile.TemporaryDirectory() as folder:
        source, overrides = Path(folder, f"{name}.in"), Path(folder, "overrides.txt")
        source.write_text("\n".join(requirements))
        overrides.write_text("\n".join(f"{package} ; sys_platform == 'never'" for package in NOT_NEEDED))
        arguments = ["--constraint", str(DEV_LOCK), "--override", str(overrides)]
        output = ROOT / "layers" / name / "requirements.txt"
        output.parent.mkdir(parents=True, exist_ok=True)
        compile_lock(output, [str(source)], *arguments, upgrade=upgrade)


def main() -> None:
    """Compile all locks; `--upgrade` moves to the newest versions that pyproject.toml allows."""
    upgrade = "--upgrade" in sys.argv[1:]
    pyproject: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for group in pyproject["dependency-groups"]:
        inputs = ["pyproject.toml", "--all-extras"] if group == "dev" else []
        output = ROOT / "requirements" / f"{group}.txt"
        compile_lock(output, inputs, "--group", group, upgrade=upgrade)
    layers = {"kernel": pyproject["project"]["dependencies"], **pyproject["project"]["optional-dependencies"]}
    for name, requirements in layers.items():
        compile_layer(name, requirements, upgrade=upgrade)


if __name__ == "__main__":
    main()
