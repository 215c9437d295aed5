"""Queues keep their identity when the engine comes back on another port.

Stock 1.5.33 keys queues by a URL with the port in it and builds that URL anew after a restart: on another port no
mapping finds its queue any more. Here the internal URL has a fixed port; callers still get URLs with the port that
they called.
"""

# ruff: noqa: SLF001 - a cure reaches into what it cures
from __future__ import annotations

from infra.local.patches import ministack

HOST, PORT = "127.0.0.1", "4566"


def apply() -> None:
    """Fix the internal URL."""
    queues = ministack("services.sqs")
    queues.DEFAULT_HOST, queues.DEFAULT_PORT = HOST, PORT
    queues._CANONICAL_NETLOC = f"{HOST}:{PORT}"
    queues._HOST_EXPLICIT = False
