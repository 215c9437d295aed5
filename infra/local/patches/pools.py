"""How many processes a function gets.

Stock 1.5.33 starts one more process whenever all of a function's are busy, as AWS does. On a laptop that start costs
more than a hundred warm invocations: forty orders at once made 160 processes and took 6 GB. Here an invocation waits
a moment for a process to come free, and few processes are started at a time.
"""

# ruff: noqa: SLF001 - a cure reaches into what it cures
from __future__ import annotations

import os
import threading
import time
from typing import Any

from infra.local.patches import ministack

USUAL_SIZE = max(4, 2 * (os.cpu_count() or 1))
PATIENCE_SECONDS = 0.25
"""While a function has fewer processes than usual."""
LONG_PATIENCE_SECONDS = 3.0
"""Beyond that. Functions that wait for each other get on in the end, however many processes that takes."""
ABANDONED_SECONDS = 900.0
_starts = threading.BoundedSemaphore(max(1, os.cpu_count() or 1))


def _acquire(config: dict[str, Any], code_zip: bytes, limit: int | None) -> Any:
    """A free process, or a new one if there are fewer than `limit`."""
    name, qualifier = config["FunctionName"], config.get("Version", "$LATEST")
    runtime = ministack("core.lambda_runtime")
    return runtime.acquire_worker(name, config, code_zip, qualifier=qualifier, max_concurrency=limit)[0]


def _size(config: dict[str, Any]) -> int:
    runtime = ministack("core.lambda_runtime")
    key = runtime._worker_key(config["FunctionName"], config, config.get("Version", "$LATEST"))
    return len(runtime._workers.get(key, ()))


def _started(config: dict[str, Any], code_zip: bytes) -> Any:
    """One process more, ready to be called."""
    runtime = ministack("core.lambda_runtime")
    worker = _acquire(config, code_zip, None)
    try:
        runtime.ensure_spawned(worker)
    except Exception:
        runtime.release_worker(worker)
        raise
    return worker


def reap_abandoned(now: float) -> None:
    """End processes that nobody has called for long; stock keeps the first one of each function for ever."""
    runtime = ministack("core.lambda_runtime")
    abandoned = []
    with runtime._lock:
        for key, workers in list(runtime._workers.items()):
            idle = [worker for worker in workers if not worker.in_use and now - worker.last_used > ABANDONED_SECONDS]
            abandoned += idle
            runtime._workers[key] = [worker for worker in workers if worker not in idle]
    runtime.kill_workers(abandoned)


def apply() -> None:
    """Reap more than stock does. The rest of this theme is used by `functions`."""
    service = ministack("services.lambda_svc")
    stock = service.reap_idle_workers

    def reap() -> int:
        count: int = stock()
        reap_abandoned(time.time())
        return count

    service.reap_idle_workers = reap


def lease(config: dict[str, Any], code_zip: bytes) -> Any:
    """A process for one invocation; the caller releases it."""
    began = time.monotonic()
    while True:
        size = _size(config)
        worker = _acquire(config, code_zip, max(1, size))
        if worker is not None:
            return worker
        waited = time.monotonic() - began
        if waited > LONG_PATIENCE_SECONDS:
            return _started(config, code_zip)
        if waited > PATIENCE_SECONDS and size < USUAL_SIZE and _starts.acquire(blocking=False):
            try:
                return _started(config, code_zip)
            finally:
                _starts.release()
        time.sleep(0.003)
