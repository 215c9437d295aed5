"""One process of one Python function, and the protocol that the emulator speaks with it (see `worker.py`)."""

# ruff: noqa: SLF001 - a cure reaches into what it cures
from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infra.local.patches import ministack
from infra.local.patches.function_logs import FunctionLog
from infra.local.patches.unpacked import directory_of

INIT_SECONDS = 60.0
"""AWS allows 10 s; a laptop that starts forty functions at once needs more."""
LOG_SECONDS = 0.25
WORKER = Path(__file__).resolve().parents[1] / "worker.py"
INHERITED = ("PATH", "TMPDIR", "SSL_CERT_FILE", "SYSTEMROOT")
PIPES: dict[str, Any] = {
    "stdin": subprocess.PIPE,
    "stdout": subprocess.PIPE,
    "stderr": subprocess.PIPE,
    "text": True,
    "encoding": "utf-8",
    "errors": "replace",
    "bufsize": 1,
}


def _base() -> Any:
    return ministack("core.lambda_runtime").Worker


def failure(kind: str, message: str) -> dict[str, Any]:
    """An answer of a process that could not give one."""
    return {"status": "error", "failure": {"errorType": kind, "errorMessage": message}}


class HostWorker(_base()):  # type: ignore[misc]  # the base class is untyped
    """One process of one Python function."""

    retired = False

    def _spawn(self) -> None:
        """Start the process and wait until its handler is loaded."""
        self._tmpdir = None
        self._mark = f"\x1eend-{uuid.uuid4().hex}"
        self._log = FunctionLog(self.func_name)
        self._answers: queue.Queue[str] = queue.Queue()
        self._stderr_queue: queue.Queue[str] = queue.Queue()
        code_dir, layer_dirs = self._unpack()
        command = [sys.executable, "-S", "-I", "-X", "utf8", str(WORKER)]
        self._proc: Any = subprocess.Popen(command, cwd=code_dir, env=self._environment(code_dir), **PIPES)
        self._follow(self._proc.stdout, self._answers.put, "answers")
        self._follow(self._proc.stderr, self._stderr_queue.put, "log")
        self._send(self._initialisation(code_dir, layer_dirs))
        answer = self._answer(INIT_SECONDS)
        if answer["status"] != "ready":
            self._stop()
            raise InitFailed(answer["failure"], self._read_log())
        self._read_log()

    def _initialisation(self, code_dir: Path, layer_dirs: list[Path]) -> dict[str, Any]:
        return {
            "code_dir": str(code_dir),
            "layer_dirs": [str(path) for path in layer_dirs],
            "mark": self._mark,
            "runtime_dir": os.environ["AGORA_RUNTIME_DIR"],
            "handler": self.config["Handler"],
        }

    def _unpack(self) -> tuple[Path, list[Path]]:
        root = Path(os.environ["AGORA_UNPACKED_DIR"])
        resolve = ministack("services.lambda_svc")._resolve_layer_zip
        layers = []
        for reference in self.config.get("Layers", []):
            archive = resolve(reference)
            if archive is None:
                raise RuntimeError(f"layer {reference} of {self.func_name} has no content")
            layers.append(directory_of(archive, root))
        return directory_of(self.code_zip, root), layers

    def _environment(self, code_dir: Path) -> dict[str, str]:
        """What AWS sets, then the function's own variables, then what is needed to call the emulator."""
        runtime = ministack("core.lambda_runtime")
        _account, region = runtime._account_region_from_function_config(self.config)
        name = self.config["FunctionName"]
        group = (self.config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}"
        own = self.config.get("Environment", {}).get("Variables", {})
        return {
            **{key: os.environ[key] for key in INHERITED if key in os.environ},
            "HOME": os.environ["TMPDIR"],
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
            "LAMBDA_TASK_ROOT": str(code_dir),
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{self.config.get('Runtime', 'python3.13')}",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "_HANDLER": self.config["Handler"],
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_VERSION": self.config.get("Version", "$LATEST"),
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.config.get("MemorySize", 128)),
            "AWS_LAMBDA_LOG_GROUP_NAME": group,
            "AWS_LAMBDA_LOG_STREAM_NAME": uuid.uuid4().hex,
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{os.environ['GATEWAY_PORT']}",
            **{key: value for key, value in own.items() if key not in runtime._RESERVED_RUNTIME_ENV_VARS},
            **runtime.execution_credentials(self.config),
        }

    def _follow(self, stream: Any, put: Callable[[str], None], purpose: str) -> None:
        """Read a stream of the process to its end in a thread of its own."""

        def read() -> None:
            for line in stream:
                put(line.rstrip("\n"))
                if purpose == "log" and not line.startswith(self._mark):
                    self._log.write(line)
            put("")

        threading.Thread(target=read, daemon=True, name=f"{purpose}-{self.func_name}").start()

    def _send(self, message: dict[str, Any]) -> None:
        self._proc.stdin.write(json.dumps(message) + "\n")
        self._proc.stdin.flush()

    def _answer(self, seconds: float) -> dict[str, Any]:
        """The process's next answer; an empty line means that it died."""
        try:
            line = self._answers.get(timeout=seconds)
        except queue.Empty:
            raise TimeoutError from None
        if not line:
            return {**failure("Runtime.ExitError", self._last_words()), "dead": True}
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _last_words(self) -> str:
        process = self._proc
        if process is None:
            return "the function was replaced while it ran"
        try:
            return f"Runtime exited with error: exit status {process.wait(timeout=5)}"
        except subprocess.TimeoutExpired:
            return "the process closed its output and did not end"

    def _read_log(self) -> str:
        """The lines that belong to the invocation which has just ended."""
        lines, deadline = [], time.monotonic() + LOG_SECONDS
        try:
            while (line := self._stderr_queue.get(timeout=max(0.001, deadline - time.monotonic()))) != self._mark:
                lines.append(line)
        except queue.Empty:
            pass
        return "\n".join(lines)

    def _stop(self) -> None:
        runtime = ministack("core.lambda_runtime")
        process, self._proc = self._proc, None
        runtime._signal(process)
        runtime._collect(process, time.monotonic() + runtime._REAP_GRACE)

    def call(self, event: Any, request_id: str, trace_id: str | None) -> dict[str, Any]:
        """Run one invocation; never raises for a fault of the function."""
        with self._lock:
            if self._proc is None or self._proc.poll() is not None:
                self._spawn()
            answer = self._ask(event, request_id, trace_id)
            answer["log"] = self._read_log()
            if answer.get("dead"):
                self._proc = None
            return answer

    def _ask(self, event: Any, request_id: str, trace_id: str | None) -> dict[str, Any]:
        timeout = float(self.config.get("Timeout", 3))
        invocation = {
            "event": event,
            "request_id": request_id,
            "trace_id": trace_id,
            "arn": self.config["FunctionArn"],
            "deadline": time.time() + timeout,
        }
        try:
            self._send(invocation)
            return self._answer(timeout)
        except TimeoutError:
            self._stop()
            message = f"RequestId: {request_id} Error: Task timed out after {timeout:.2f} seconds"
            self._log.write(message + "\n")
            return failure("Sandbox.Timedout", message)

    def retire(self) -> None:
        """End the process once its invocation is over; it belongs to code that has been replaced."""
        self.retired = True
        with self._lock:
            if self._proc is not None:
                self._stop()


class InitFailed(Exception):
    """The handler could not be loaded."""

    def __init__(self, failure: dict[str, Any], log: str) -> None:
        super().__init__(failure["errorMessage"])
        self.failure = failure
        self.log = log
