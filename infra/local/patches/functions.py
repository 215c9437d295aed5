"""Lambda functions: worker processes that behave as AWS does when a handler fails, logs or says nothing.

Gaps of stock 1.5.33 that are cured here:

- Every exception arrives as `Runtime.HandlerError` without a stack, so that Retry and Catch of a state machine never
  match by name, and each one kills the worker. Here: `{errorType, errorMessage, requestId, stackTrace}`, and the worker
  lives on.
- `logging` output is lost, and a silent handler costs 50 ms of waiting for output. Here: the worker marks the end of
  each invocation's log.
- Every process gets the emulator's own environment and packages. Here: the variables that AWS sets and the function's
  own; of the emulator's packages only those that the AWS runtime brings (boto3).
- Every Python runtime runs on the emulator's interpreter. This stays: layers are built for the host (see `build.py`).
"""

# ruff: noqa: SLF001 - a cure reaches into what it cures
from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any

from infra.local.patches import ministack
from infra.local.patches.host_worker import HostWorker, InitFailed
from infra.local.patches.pools import lease
from infra.local.patches.saving import activity


def _failed(failure: dict[str, Any], log: str) -> dict[str, Any]:
    return {"body": failure, "error": True, "log": log}


def execute(func: dict[str, Any], event: Any, request_id: str) -> dict[str, Any]:
    """Invoke on a leased worker and answer in the shape that the emulator's callers expect."""
    service = ministack("services.lambda_svc")
    config = func.get("config") or func
    if not func.get("code_zip"):
        return _failed({"errorType": "Runtime.InvalidEntrypoint", "errorMessage": "the function has no code"}, "")
    activity.note()
    service._ensure_reaper_thread()
    worker = None
    try:
        worker = lease(config, func["code_zip"])
        answer = worker.call(event, request_id, service._xray_trace_id_for_invocation(config))
    except InitFailed as error:
        return _failed(error.failure, error.log)
    except Exception as error:  # noqa: BLE001 - it must answer whatever breaks between it and the process
        return _failed({"errorType": "Runtime.Unknown", "errorMessage": f"{type(error).__name__}: {error}"}, "")
    finally:
        _give_back(worker)
    if answer["status"] == "ok":
        return {"body": answer["result"], "log": answer["log"]}
    return _failed(answer["failure"], answer["log"])


def _give_back(worker: Any) -> None:
    ministack("core.lambda_runtime").release_worker(worker)
    if worker is not None and getattr(worker, "retired", False):
        worker.retire()


def _worker_class(config: dict[str, Any]) -> Any:
    runtime = ministack("core.lambda_runtime")
    return HostWorker if str(config.get("Runtime", "")).startswith("python") else runtime.Worker


def apply() -> None:
    """Run Python functions on `HostWorker`."""
    runtime = ministack("core.lambda_runtime")
    stock_kill = runtime.kill_workers

    def kill(workers: Iterable[Any]) -> None:
        """Let invocations end that are running while their function is replaced, as on AWS."""
        doomed = list(workers)
        busy = [worker for worker in doomed if isinstance(worker, HostWorker) and worker.in_use]
        for worker in busy:
            threading.Thread(target=worker.retire, daemon=True).start()
        stock_kill([worker for worker in doomed if worker not in busy])

    runtime.kill_workers = kill
    runtime._worker_class_for = _worker_class
    ministack("services.lambda_svc")._execute_function_warm = execute
