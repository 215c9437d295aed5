"""What stock MiniStack 1.5.33 lacks and Agora needs, one module per theme.

Each module has one `apply()` and says, per gap, what stock does instead. `tests/infra/test_engine_gaps.py` shows that
each cure works and, by asking a stock engine the same question, tells when it is no longer needed.
"""

from __future__ import annotations

import importlib
from typing import Any

THEMES = (
    "functions",
    "pools",
    "function_logs",
    "function_resources",
    "layers",
    "openapi",
    "rest_api",
    "gateway_answers",
    "request_ids",
    "nested_stacks",
    "iam",
    "queues",
    "api_keys",
    "secret_versions",
    "streams",
    "stream_polling",
    "saving",
)


def ministack(module: str) -> Any:
    """A module of the emulator, untyped: it publishes no types and these are its internals."""
    return importlib.import_module(f"ministack.{module}")


def apply_all() -> None:
    """Apply every cure; called once, before the emulator serves."""
    for theme in THEMES:
        importlib.import_module(f"{__name__}.{theme}").apply()
