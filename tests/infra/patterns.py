"""EventBridge patterns, as event source filters and rules use them, evaluated by moto's implementation of them."""

from __future__ import annotations

import json
from typing import Any

from moto.events.models import EventPattern


def matches(pattern: str | dict[str, Any], event: dict[str, Any]) -> bool:
    """Whether `pattern` lets `event` through."""
    text = pattern if isinstance(pattern, str) else json.dumps(pattern)
    told: Any = event
    return bool(EventPattern.load(text).matches_event(told))
