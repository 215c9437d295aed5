"""Saving the emulator's state while it runs.

Stock 1.5.33 saves on SIGTERM alone: whoever kills it, or whose machine sleeps and loses power, loses every acknowledged
write. Here the state is saved a few seconds after it changed. On Linux a forked child writes it: it sees one instant of
all services together, and the emulator does not stand still meanwhile. Elsewhere a thread does.

Event source mappings start to poll only once the emulator serves: a function woken earlier could not call it.
"""

# ruff: noqa: SLF001 - a cure reaches into what it cures
from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
import time

from infra.local.patches import ministack
from infra.local.patches.streams import clamp_positions

PAUSE_SECONDS = 2.0
CHILD_SECONDS = 60.0
IDLE_SHARE = 5
"""After a save rest at least this many times as long as it took."""

logger = logging.getLogger("agora.saving")


class Activity:
    """Counts what may have changed the state, so that an idle emulator does not write."""

    def __init__(self) -> None:
        self.count = 0

    def note(self) -> None:
        """Something happened."""
        self.count += 1


activity = Activity()


def save_now() -> None:
    """Write the state of every service."""
    ministack("core.persistence").save_all(ministack("app")._build_persistence_save_dict())


def _child() -> None:
    """Save in a forked child and leave it without any of the parent's clean-up."""
    try:
        os.closerange(3, 4096)  # the parent's sockets and pipes must not outlive it in here
        logging.disable(logging.CRITICAL)
        save_now()
        os._exit(0)
    finally:
        os._exit(1)


def _wait_for(child: int) -> bool:
    deadline = time.monotonic() + CHILD_SECONDS
    while time.monotonic() < deadline:
        finished, status = os.waitpid(child, os.WNOHANG)
        if finished:
            return status == 0
        time.sleep(0.02)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def save() -> None:
    """Save in the way that suits this system."""
    if sys.platform != "linux":
        save_now()
        return
    child = os.fork()
    if child == 0:
        _child()
    if not _wait_for(child):
        logger.warning("saving in a child process failed; saving here")
        save_now()


def _await_serving(port: int) -> None:
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.settimeout(1)
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)


def _save_for_ever() -> None:
    saved = activity.count
    while True:
        time.sleep(PAUSE_SECONDS)
        if activity.count == saved:
            continue
        saved, started = activity.count, time.monotonic()
        try:
            save()
        except Exception:  # the next attempt may work, and the emulator must not go without
            logger.exception("saving the state failed")
        time.sleep(min(60.0, IDLE_SHARE * (time.monotonic() - started)))


def _run(port: int, start_poller: object) -> None:
    _await_serving(port)
    service = ministack("services.lambda_svc")
    clamp_positions()
    service._ensure_poller = start_poller
    if service._esms.has_any():
        service._ensure_poller()
    _save_for_ever()


def apply() -> None:
    """Hold mappings back until the emulator serves, then save for as long as it runs."""
    service = ministack("services.lambda_svc")
    start_poller, service._ensure_poller = service._ensure_poller, lambda: None
    port = int(os.environ["GATEWAY_PORT"])
    threading.Thread(target=_run, args=(port, start_poller), daemon=True, name="agora-saving").start()
