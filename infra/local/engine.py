"""Starts, finds and stops the engine: MiniStack in a process of its own, with an environment of its own.

What stock MiniStack lacks is cured inside that process, by the modules of `patches`; this side only knows the process.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from infra.local.failure import LocalStackError
from infra.local.runtime import runtime_directory
from infra.local.workspace import Workspace

HOST = "127.0.0.1"
PREFERRED_PORT = 4566
REGION = "eu-west-2"
START_SECONDS = 60.0
STOP_SECONDS = 20.0
BUSY_SECONDS = 15.0
"""A busy engine answers late; it must not be taken for a dead one."""
PASSED_ON = ("PATH", "LANG", "SSL_CERT_FILE", "SYSTEMROOT")
"""All else of the caller's environment stays out: the engine would hand it to the functions."""


@dataclass(frozen=True)
class Engine:
    """A running engine."""

    pid: int
    port: int
    enforce_iam: bool = False

    @property
    def url(self) -> str:
        """The endpoint of every AWS service."""
        return f"http://{HOST}:{self.port}"


def is_healthy(port: int, seconds: float = 2) -> bool:
    """Whether an emulator answers on `port`."""
    try:
        return httpx.get(f"http://{HOST}:{port}/_ministack/health", timeout=seconds, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _is_ours(pid: int) -> bool:
    """A pid may have been given to another program since: on Linux its command line tells."""
    command = Path(f"/proc/{pid}/cmdline")
    if not Path("/proc/self/cmdline").exists():
        return True
    try:
        return b"infra.local.emulator" in command.read_bytes()
    except OSError:
        return False


def _record(workspace: Workspace) -> Path:
    return workspace.engine / "engine.json"


def find(workspace: Workspace) -> Engine | None:
    """The engine of `workspace`, if it runs and answers."""
    try:
        engine = Engine(**json.loads(_record(workspace).read_text()))
    except (OSError, ValueError, TypeError):
        return None
    if _is_alive(engine.pid) and _is_ours(engine.pid) and is_healthy(engine.port, BUSY_SECONDS):
        return engine
    return None


def last_port(workspace: Workspace) -> int | None:
    """The port that this stack had before: its URLs stay valid if it can have it again."""
    try:
        return int(json.loads(_record(workspace).read_text())["port"])
    except (OSError, ValueError, KeyError):
        return None


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
        return True


def choose_port(preferred: int | None) -> int:
    """The preferred port, else any that is free."""
    if preferred and _is_free(preferred):
        return preferred
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def environment(workspace: Workspace, port: int, *, enforce_iam: bool) -> dict[str, str]:
    """The engine's whole environment."""
    state = workspace.engine
    return {
        **{key: os.environ[key] for key in PASSED_ON if key in os.environ},
        "PYTHONPATH": str(workspace.source),
        "PYTHONUTF8": "1",
        "TZ": "UTC",
        "HOME": str(state),
        "GATEWAY_PORT": str(port),
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "MINISTACK_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "LOG_LEVEL": "WARNING",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(state / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(state / "s3"),
        "TMPDIR": str(state / "tmp"),
        "LAMBDA_EXECUTOR": "local",
        "LAMBDA_WARM_TTL_SECONDS": "60",
        "AUTH": "true" if enforce_iam else "false",
        "AGORA_LOG_DIR": str(workspace.logs),
        "AGORA_UNPACKED_DIR": str(workspace.unpacked),
        "AGORA_RUNTIME_DIR": str(runtime_directory(workspace)),
    }


def _launch(workspace: Workspace, port: int, *, enforce_iam: bool) -> Engine:
    for directory in (workspace.engine / "tmp", workspace.engine / "state", workspace.logs):
        directory.mkdir(parents=True, exist_ok=True)
    with (workspace.engine / "engine.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "infra.local.emulator"],
            cwd=workspace.source,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=environment(workspace, port, enforce_iam=enforce_iam),
        )
    engine = Engine(process.pid, port, enforce_iam)
    _record(workspace).write_text(json.dumps(asdict(engine)))
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise LocalStackError(
                "The engine stopped while it was starting.",
                detail=log_tail(workspace),
                advice="If packages are missing or of another version, run `make setup`.",
            )
        if is_healthy(port):
            return engine
        time.sleep(0.05)
    process.kill()
    raise LocalStackError(f"The engine did not answer within {START_SECONDS:.0f} seconds.", detail=log_tail(workspace))


def log_tail(workspace: Workspace, lines: int = 15) -> str:
    """The end of the engine's own log."""
    try:
        return "\n".join((workspace.engine / "engine.log").read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def start(workspace: Workspace, port: int | None = None, *, enforce_iam: bool = False) -> Engine:
    """The engine of `workspace`, started if it does not run."""
    running = find(workspace)
    if running:
        return running
    stop(workspace)
    shutil.rmtree(workspace.engine / "tmp", ignore_errors=True)
    preferred = port if port is not None else last_port(workspace) or PREFERRED_PORT
    return _launch(workspace, choose_port(preferred), enforce_iam=enforce_iam)


def stop(workspace: Workspace) -> bool:
    """End the engine, which saves its state first; False when none ran."""
    try:
        pid = int(json.loads(_record(workspace).read_text())["pid"])
    except (OSError, ValueError, KeyError):
        return False
    if not _is_alive(pid) or not _is_ours(pid):
        return False
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while time.monotonic() < deadline:
        if _reaped(pid) or not _is_alive(pid) or not _is_ours(pid):
            return True
        time.sleep(0.05)
    os.kill(pid, signal.SIGKILL)
    return True


def _reaped(pid: int) -> bool:
    """Whether `pid` was a child of this process that has ended."""
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return False
