"""Saving the emulator's state while it runs.

Stock 1.5.33 saves on SIGTERM alone: whoever kills it, or whose machine sleeps and loses power, loses every acknowledged
write. Here the state is saved a few seconds after it changed. On Linux a forked child writes it: it sees one instant of
all services together, and the emulator does not stand still meanwhile. Elsewhere a thread does.

Event source mappings start to poll only once the emulator serves: a function woken earlier could not call it.
"""

# ruff: noqa: SLF001 - a cure reaches into what it cures
from __future__ import annotations

import copy
import json
import logging
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

from infra.local.patches import ministack
from infra.local.patches.streams import clamp_positions

PAUSE_SECONDS = 1.5
CHILD_SECONDS = 60.0
LONGEST_REST_SECONDS = 5.0

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
    """Write the state of every service: all files beside the old ones first, then all of them in their place."""
    persistence = ministack("core.persistence")
    directory = Path(persistence.STATE_DIR)
    written = []
    for name, get_state in ministack("app")._build_persistence_save_dict().items():
        state = get_state()
        if state is not None:
            wrapped = {"__ministack_format__": persistence._state_format_version(name), "payload": state}
            path = directory / f"{name}.json.part"
            # Stock streams into the file by json.dump, which does without the encoder in C: ten times slower.
            path.write_text(json.dumps(wrapped, default=persistence._json_default))
            written.append(path)
    for path in written:
        path.replace(path.with_suffix(""))


def _child() -> None:
    """Save in a forked child and leave it without any of the parent's clean-up."""
    try:
        os.closerange(3, 4096)  # the parent's sockets and pipes must not outlive it in here
        logging.disable(logging.CRITICAL)
        module: Any = copy
        module.deepcopy = _as_it_is  # nothing changes in here, so that nothing has to be copied
        save_now()
        os._exit(0)
    finally:
        os._exit(1)


def _as_it_is(value: object, _memo: object = None) -> object:
    return value


class _Saver:
    """What has to end before the emulator saves for the last time."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.writing = threading.Lock()


_saver = _Saver()


def stop() -> None:
    """Let a save that is being written end, and begin no other: an older state must not replace the last one."""
    _saver.stopping.set()
    with _saver.writing:
        pass


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
    while not _saver.stopping.wait(PAUSE_SECONDS):
        if activity.count == saved:
            continue
        saved, started = activity.count, time.monotonic()
        with _saver.writing:
            try:
                save()
            except Exception:  # the next attempt may work, and the emulator must not go without
                logger.exception("saving the state failed")
        _saver.stopping.wait(min(LONGEST_REST_SECONDS, time.monotonic() - started))


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
