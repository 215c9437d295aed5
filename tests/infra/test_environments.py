"""The environments: made by a Python alone, undisturbed by the caller's own, equal to locks that fit pyproject.toml."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement

from infra.build import layer
from infra.setup import environments

pytestmark = pytest.mark.infra

ROOT = environments.ROOT
SCRIPT = ROOT / "infra" / "setup" / "environments.py"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
GROUPS: dict[str, list[str]] = PROJECT["dependency-groups"]
RUNTIME: list[str] = PROJECT["project"]["dependencies"]


def _direct() -> dict[Path, list[str]]:
    """Each lock with what pyproject.toml asks for in it."""
    locks = {ROOT / "requirements" / f"{name}.txt": list(wanted) for name, wanted in GROUPS.items()}
    locks[ROOT / "requirements" / "dev.txt"] += RUNTIME + [item for extra in EXTRAS.values() for item in extra]
    layers = {"kernel": RUNTIME, **EXTRAS}
    return locks | {ROOT / "layers" / name / "requirements.txt": wanted for name, wanted in layers.items()}


def _versions(lock: Path) -> dict[str, str]:
    return {name: block.split("==")[1].split()[0] for name, block in layer.pins(lock).items()}


@pytest.mark.parametrize("lock", sorted(_direct()), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_each_lock_satisfies_what_pyproject_asks_for(lock: Path) -> None:
    versions = _versions(lock)
    for text in _direct()[lock]:
        wanted = Requirement(text)
        assert wanted.specifier.contains(versions[wanted.name.lower()]), f"{wanted} in {lock}: run make lock"


@pytest.mark.parametrize("lock", sorted(_direct()), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_each_pin_is_hashed_and_no_index_is_named(lock: Path) -> None:
    assert all("--hash=sha256:" in block for block in layer.pins(lock).values())
    assert "://" not in lock.read_text()


@pytest.mark.parametrize("name", ["kernel", *EXTRAS])
def test_layers_ship_the_versions_that_are_tested(name: str) -> None:
    tested = _versions(ROOT / "requirements" / "dev.txt")
    shipped = _versions(ROOT / "layers" / name / "requirements.txt")
    assert {package: version for package, version in shipped.items() if tested[package] != version} == {}


def test_an_environment_that_is_up_to_date_is_left_alone_and_nothing_is_said() -> None:
    command = [sys.executable, "-I", "-S", str(SCRIPT), "dev"]
    subprocess.run(command, capture_output=True, timeout=600, check=True)
    again = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert again.stdout + again.stderr == ""


def test_installers_see_no_virtualenv_of_the_caller_but_its_index(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VIRTUAL_ENV", "PYTHONPATH", "PIP_USER", "UV_SYSTEM_PYTHON"):
        monkeypatch.setenv(name, "1")
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", "https://packages.example/simple")
    environment = environments.installer_environment()
    assert environment["UV_DEFAULT_INDEX"] == "https://packages.example/simple"
    assert set(environments.DISTURBING).isdisjoint(environment)


def test_an_index_set_for_uv_wins_over_pips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://pip.example/simple")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://uv.example/simple")
    assert environments.installer_environment()["UV_DEFAULT_INDEX"] == "https://uv.example/simple"


def _older_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 1))


def test_an_old_python_without_a_newer_one_beside_it_is_explained(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _older_python(monkeypatch)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(environments.SetupError, match=r"needs Python 3\.11 to 3\.14.*make PYTHON="):
        environments.find_interpreter()


def test_an_old_python_finds_a_newer_one_on_the_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    newer = _command(tmp_path / "python3.12", "echo 3 12")
    _command(tmp_path / "python3.13", "exit 127")  # what a version manager's shim does for a version not installed
    _older_python(monkeypatch)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert environments.find_interpreter() == str(newer)


def test_a_named_old_python_is_not_replaced_by_another(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    _command(tmp_path / "python3.12", "echo 3 12")
    _older_python(monkeypatch)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(environments.SetupError):
        environments.find_interpreter(exact=True)


def _command(path: Path, body: str) -> Path:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A project folder with one lock and a stand-in for uv, to see what would be installed and when."""
    (tmp_path / "requirements").mkdir()
    for name in ("engine", "uv"):
        (tmp_path / "requirements" / f"{name}.txt").write_text(f"{name}==1\n")
    monkeypatch.setattr(environments, "ROOT", tmp_path)
    monkeypatch.setattr(environments, "ENVIRONMENTS", tmp_path / "envs")
    monkeypatch.setattr(environments, "UV", tmp_path / "envs" / "uv" / "bin" / "uv")
    environments.UV.parent.mkdir(parents=True)
    _command(
        environments.UV,
        f'echo "$1 $2" >> {tmp_path}/calls; for last; do :; done\n[ "$1" != venv ] || mkdir -p "$last/bin"',
    )
    environments._write_stamp(environments.UV.parents[1], "uv")
    return tmp_path


def _calls(folder: Path) -> list[str]:
    return [line.split(" --")[0] for line in (folder / "calls").read_text().splitlines()]


def test_an_environment_is_made_once_and_again_when_its_lock_changes(elsewhere: Path) -> None:
    python = environments.ensure("engine")
    python.symlink_to(sys.executable)
    version = f"{sys.version_info.major}.{sys.version_info.minor}.0"
    (python.parents[1] / "pyvenv.cfg").write_text(f"version_info = {version}\n")
    environments.ensure("engine")
    assert _calls(elsewhere) == ["venv", "pip sync"]
    (elsewhere / "requirements" / "engine.txt").write_text("engine==2\n")
    environments.ensure("engine")
    assert _calls(elsewhere) == ["venv", "pip sync", "pip sync"]


def test_an_environment_whose_python_was_removed_is_made_again(elsewhere: Path) -> None:
    environments.ensure("engine").symlink_to(elsewhere / "gone")
    environments.ensure("engine")
    assert _calls(elsewhere).count("venv") == 2


def test_a_failed_installation_says_what_to_do_and_is_not_taken_for_done(elsewhere: Path) -> None:
    _command(environments.UV, "exit 2")
    with pytest.raises(environments.SetupError, match="check the connection"):
        environments.ensure("engine")
    assert not (environments.environment_path("engine") / "agora-stamp.json").exists()


def test_a_damaged_stamp_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "agora-stamp.json").write_text("{")
    assert environments._read_stamp(tmp_path) == {}
    (tmp_path / "agora-stamp.json").write_text(json.dumps({"lock": "x"}))
    assert environments._read_stamp(tmp_path) == {"lock": "x"}
