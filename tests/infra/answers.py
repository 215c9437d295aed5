"""Answers for clients to look at: `python -m tests.infra.answers` writes events/answers, which docs/openapi.json shows.

They are what the routes really answered on the journeys, one a route: the longest that is still easy to read.
"""

from __future__ import annotations

import json
import sys
from typing import Any

from infra.api import discovery
from infra.api.answers import path_of
from tests.infra import journeys

READABLE = 3_000
"""Characters; a longer answer is only taken where there is no other."""
SHOWN_ELSEWHERE = frozenset({"GET /openapi.json"})
"""The document would contain itself: its example, a beginning, is written by hand."""


def answer_of(endpoint: discovery.Endpoint) -> Any:
    """The body of one successful answer, None for a route without any."""
    answers = journeys.observed().answers.get(endpoint.name, ())
    bodies = [str(answer["body"]) for answer in answers if answer.get("body")]
    if not bodies or "application/json" not in endpoint.route.produces:
        return None
    readable = [body for body in bodies if len(body) <= READABLE]
    return json.loads(max(readable, key=len) if readable else min(bodies, key=len))


def main(*, missing_alone: bool) -> None:
    """Write them; those that are there may stay, because ids and times differ from one journey to the next."""
    shown = (endpoint for endpoint in discovery.endpoints() if endpoint.route.name not in SHOWN_ELSEWHERE)
    for endpoint in shown:
        path, answer = path_of(endpoint), answer_of(endpoint)
        if answer is not None and not (missing_alone and path.exists()):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(answer, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(missing_alone="--missing" in sys.argv)
