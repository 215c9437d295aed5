"""What the requests of a load run amount to, a step at a time."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Request = Mapping[str, Any]
"""A line of the locustfile: at (seconds since the start), route, ms, status, and error or order_id if there is one."""

PERCENTILES = (50, 95, 99)


@dataclass(frozen=True, slots=True)
class Step:
    """So many shoppers at once, for so many seconds."""

    shoppers: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> tuple[Step, ...]:
        """The steps of `1:20,4:20`. Raises `ValueError`."""
        steps = tuple(cls(*map(int, step.split(":"))) for step in text.split(","))
        if any(step.shoppers < 1 or step.seconds < 1 for step in steps):
            raise ValueError("a step has at least one shopper and one second")
        return steps


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The value that `percent` of a hundred do not exceed (nearest rank). Of nothing it is 0."""
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)] if ordered else 0.0


def summary(
    requests: Iterable[Request], steps: Sequence[Step], memory: Sequence[tuple[float, float]]
) -> dict[str, Any]:
    """The report of a run; `memory` are samples of (seconds since the start, MB)."""
    listed = list(requests)
    bounds = list(itertools.accumulate((step.seconds for step in steps), initial=0))
    return {
        "steps": [
            _step(step, _within(listed, begin, end), _peak(memory, begin, end))
            for step, (begin, end) in zip(steps, itertools.pairwise(bounds), strict=True)
        ],
        "requests": len(listed),
        "orders": sum("order_id" in each for each in listed),
        "failed": dict(sorted(Counter(_failure(each) for each in listed if _failure(each)).items())),
    }


def _within(requests: list[Request], begin: float, end: float) -> list[Request]:
    return [each for each in requests if begin <= each["at"] < end]


def _peak(memory: Sequence[tuple[float, float]], begin: float, end: float) -> float:
    return round(max((mb for at, mb in memory if begin <= at < end), default=0.0), 1)


def _step(step: Step, requests: list[Request], memory: float) -> dict[str, Any]:
    routes = sorted({str(each["route"]) for each in requests})
    return {
        "shoppers": step.shoppers,
        "seconds": step.seconds,
        "requests_per_second": round(len(requests) / step.seconds, 1),
        "orders_per_second": round(sum("order_id" in each for each in requests) / step.seconds, 2),
        "failed": sum(bool(_failure(each)) for each in requests),
        "memory_mb": memory,
        "routes": {route: _latencies([each for each in requests if each["route"] == route]) for route in routes},
    }


def _latencies(requests: list[Request]) -> dict[str, Any]:
    ordered = sorted(float(each["ms"]) for each in requests)
    return {"count": len(ordered)} | {f"p{each}_ms": round(percentile(ordered, each), 1) for each in PERCENTILES}


def _failure(request: Request) -> str:
    """`POST /orders 429`, or the error's name where no answer came; "" for what went well."""
    if 200 <= request["status"] < 400:
        return ""
    return f"{request['route']} {request['status'] or request.get('error', 'no answer')}"
