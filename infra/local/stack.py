"""A private local stack for a test: its own engine on a free port, with its own data, logs and description.

It is made by the command line in the engine's own environment, so that the caller needs nothing but the standard
library:

    with local_stack(directory) as stack:
        httpx.get(f"{stack.description['api_url']}/health")
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
COMMAND_SECONDS = 900
KEPT = {"PATH", "HOME", "LANG", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY", "NO_PROXY"}
INSTALLERS = ("PIP_", "UV_")
"""A stack that starts with empty caches installs its layers' packages, from wherever this machine gets them."""


def engine_python() -> str:
    """The interpreter of the engine's environment; without one, the running interpreter."""
    made = ROOT / ".local" / "envs" / "engine" / "bin" / "python"
    return str(made) if made.exists() else sys.executable


class CommandFailed(Exception):
    """The command line reported a failure."""


def command(*arguments: str) -> str:
    """Run `python -m infra.local` and answer what it printed."""
    kept = {key: value for key, value in os.environ.items() if key in KEPT or key.startswith(INSTALLERS)}
    done = subprocess.run(
        [engine_python(), "-m", "infra.local", *arguments, "--plain"],
        cwd=ROOT,
        env=kept,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != 0:
        raise CommandFailed(f"infra.local {' '.join(arguments)}:\n{done.stdout}\n{done.stderr}")
    return done.stdout


@dataclass(frozen=True)
class LocalStack:
    """A running stack."""

    directory: Path
    options: tuple[str, ...]

    @property
    def description(self) -> dict[str, Any]:
        """What `stack.json` says."""
        found: dict[str, Any] = json.loads((self.directory / "stack.json").read_text())
        return found

    @property
    def pid(self) -> int:
        """The engine's process."""
        return int(json.loads((self.directory / "engine" / "engine.json").read_text())["pid"])

    def start(self) -> None:
        """Start the engine again, on the port it had."""
        command("run", "--directory", str(self.directory), *self.options, "--no-seed")

    def deploy(self, *options: str) -> str:
        """Deploy what has changed."""
        return command("deploy", "--directory", str(self.directory), *self.options, *options)

    def kill(self) -> None:
        """End the engine as a crash would."""
        os.kill(self.pid, signal.SIGKILL)

    def stop(self) -> None:
        """End the engine; its data stays."""
        command("stop", "--directory", str(self.directory))


@contextmanager
def local_stack(
    directory: Path, *, seed: bool = True, enforce_iam: bool = False, options: tuple[str, ...] = ()
) -> Iterator[LocalStack]:
    """A deployed stack in `directory`, stopped at the end; no order is placed in it."""
    extra = ("--auth",) if enforce_iam else ()
    stack = LocalStack(directory, (*extra, *options))
    try:
        command(
            "run", "--directory", str(directory), "--port", "0", *stack.options, "--no-order" if seed else "--no-seed"
        )
        yield stack
    finally:
        stack.stop()
