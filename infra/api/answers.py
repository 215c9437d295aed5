"""Where the answers are that docs/openapi.json shows as examples; `python -m tests.infra.answers` records them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from infra.api.discovery import Endpoint
from infra.templates import ROOT

DIRECTORY = ROOT / "events" / "answers"


def path_of(endpoint: Endpoint) -> Path:
    """events/answers/orders/place_order.json."""
    return DIRECTORY / endpoint.context / f"{endpoint.function}.json"


def example(endpoint: Endpoint) -> dict[str, Any]:
    """`{"example": ...}`, empty where no answer was recorded."""
    path = path_of(endpoint)
    return {"example": json.loads(path.read_text(encoding="utf-8"))} if path.is_file() else {}
