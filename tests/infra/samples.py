"""Payloads for `sam local invoke`: `python -m tests.infra.samples` writes events/samples, except for orders' own.

They are what the functions really took on the journeys: from the state machine, other functions, streams and queues.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.templates import ROOT
from tests.infra import journeys, project

DIRECTORY = ROOT / "events" / "samples"
MOST_RECORDS = 2


def functions() -> list[str]:
    """The functions that have their sample from here."""
    return [each.name for template, each in project.functions() if template.context not in ("orders", "system")]


def path_of(function: str) -> Path:
    """events/samples/payments/task_capture_payment.json."""
    context, _, name = function.partition("-")
    return DIRECTORY / context / f"{name.replace('-', '_')}.json"


def sample_of(function: str) -> dict[str, Any]:
    """The first payload that the function took; of a batch, its first records."""
    payload: Mapping[str, Any] = journeys.observed().payloads[function][0]
    sample = dict(json.loads(json.dumps(payload)))
    if "Records" in sample:
        sample["Records"] = sample["Records"][:MOST_RECORDS]
    if "Authorization" in (sample.get("headers") or {}):
        sample["headers"]["Authorization"] = "Bearer <access_token of POST /auth/login>"
    return sample


def shape(value: Any) -> Any:
    """The keys and types of a payload, two levels deep: what differs between one order and the next is left out."""
    return _shape(value, 2)


def _shape(value: Any, depth: int) -> Any:
    if isinstance(value, dict) and depth:
        return {key: _shape(each, depth - 1) for key, each in value.items()}
    if isinstance(value, list) and depth:
        return [_shape(each, depth - 1) for each in value[:1]]
    return type(value).__name__


if __name__ == "__main__":
    for each in functions():
        path_of(each).parent.mkdir(parents=True, exist_ok=True)
        path_of(each).write_text(json.dumps(sample_of(each), indent=2) + "\n", encoding="utf-8")
