"""What a load run reports, and what it refuses."""

import json

import pytest

from bench.load import document
from bench.load.__main__ import RESULT, STEPS, Refused, checked
from bench.load.report import Step, percentile, summary

LOCAL = "http://127.0.0.1:4566/v1"


@pytest.mark.parametrize(
    ("values", "percent", "expected"),
    [([], 50, 0), ([7], 99, 7), ([1, 2, 3, 4], 50, 2), ([1, 2, 3, 4], 99, 4), (range(1, 101), 95, 95)],
)
def test_a_percentile_is_a_value_that_was_measured(values: list[float], percent: int, expected: float) -> None:
    assert percentile(list(values), percent) == expected


def test_requests_count_for_the_step_that_they_ended_in() -> None:
    requests = [
        {"at": 0.5, "route": "POST /orders", "ms": 30.0, "status": 202, "order_id": "ord_1"},
        {"at": 1.5, "route": "POST /orders", "ms": 10.0, "status": 429},
        {"at": 2.0, "route": "GET /products", "ms": 5.0, "status": 200},
        {"at": 2.5, "route": "GET /products", "ms": 9.0, "status": 0, "error": "Timeout"},
    ]
    found = summary(requests, Step.parse("1:2,8:2"), [(0.1, 100.0), (1.0, 120.0), (3.0, 90.0)])
    first, second = found["steps"]
    assert (first["requests_per_second"], first["orders_per_second"], first["failed"]) == (1.0, 0.5, 1)
    assert first["routes"] == {"POST /orders": {"count": 2, "p50_ms": 10.0, "p95_ms": 30.0, "p99_ms": 30.0}}
    assert (first["memory_mb"], second["memory_mb"]) == (120.0, 90.0)
    assert (found["requests"], found["orders"]) == (4, 1)
    assert found["failed"] == {"GET /products Timeout": 1, "POST /orders 429": 1}


@pytest.mark.parametrize("host", ["https://shop.example.com/v1", "http://10.0.0.1/v1", "http://127.0.0.1.example.com"])
def test_load_stays_on_this_machine(host: str) -> None:
    checked(Step.parse(STEPS), LOCAL)
    with pytest.raises(Refused):
        checked(Step.parse(STEPS), host)


@pytest.mark.parametrize("steps", ["1:901", "65:1", "8:500,9:500"])
def test_load_is_bounded(steps: str) -> None:
    with pytest.raises(Refused):
        checked(Step.parse(steps), LOCAL)


@pytest.mark.parametrize("steps", ["", "4", "0:5", "4:0", "four:5", "1:2:3"])
def test_steps_that_are_none_are_refused(steps: str) -> None:
    with pytest.raises((ValueError, TypeError)):
        Step.parse(steps)


def test_the_page_is_written_from_the_committed_figures() -> None:

    found = json.loads(RESULT.read_text(encoding="utf-8"))
    assert document.DOCUMENT.read_text(encoding="utf-8") == document.text(found)
    assert {path.name for path in document.PLOTS.iterdir()} == {"latency.svg", "memory.svg", "throughput.svg"}
