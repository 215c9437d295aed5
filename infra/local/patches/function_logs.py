"""Function logs: a file per function, and a bounded copy in the emulator's CloudWatch Logs.

Stock keeps every line of every invocation in memory, in one new log stream per invocation, and saves them all each
time.
"""

# ruff: noqa: SLF001 - a cure reaches into what it cures
from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from infra.local.patches import ministack

MAX_BYTES = 10_000_000
MAX_STREAMS = 100


class FunctionLog:
    """The file that one function's processes append to."""

    def __init__(self, function_name: str) -> None:
        self.path = Path(os.environ["AGORA_LOG_DIR"]) / f"{function_name}.log"
        self.path.parent.mkdir(parents=True, exist_ok=True)

    def write(self, line: str) -> None:
        """Append one line; the file is opened each time so that it may be moved or removed while in use."""
        try:
            if self.path.exists() and self.path.stat().st_size > MAX_BYTES:
                self.path.replace(self.path.with_suffix(".log.1"))
            with self.path.open("a", encoding="utf-8") as log:
                log.write(line)
        except OSError:
            pass  # a full disk must not stop the function


def _drop_old_streams(group_name: str) -> None:
    group = ministack("services.cloudwatch_logs")._log_groups.get(group_name)
    streams = group["streams"] if group else {}
    while len(streams) > MAX_STREAMS:
        try:
            del streams[next(iter(streams))]
        except (StopIteration, KeyError, RuntimeError):
            return  # another invocation is dropping them


def apply() -> None:
    """Bound the number of streams that a log group keeps."""
    service = ministack("services.lambda_svc")
    stock = service._emit_lambda_logs

    def emit(func: dict[str, Any], *args: Any, **kwargs: Any) -> None:
        stock(func, *args, **kwargs)
        config = func.get("config") or func
        _drop_old_streams(
            (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config['FunctionName']}"
        )

    service._emit_lambda_logs = emit
