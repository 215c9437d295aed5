"""Measures the counts and writes them and the two pages that are made of them."""

import json
from typing import Any

from bench import capacity
from bench.counts import document, orders, prices, routes
from infra.templates import ROOT

RESULT = ROOT / "bench" / "results" / "counts.json"


def measure() -> dict[str, Any]:
    """Everything that is counted."""
    return {
        "orders": orders.measure(),
        "partitions": orders.measure_partitions(),
        "hot_sku_write_units": orders.hot_sku(),
        "routes": routes.measure(),
    }


def committed() -> dict[str, Any]:
    """What was counted last."""
    found: dict[str, Any] = json.loads(RESULT.read_text())
    return found


def write(counts: dict[str, Any]) -> list[dict[str, Any]]:
    """Write the result and its pages; the rows to show of it, one an order."""
    RESULT.write_text(json.dumps(counts, indent=1) + "\n")
    document.DOCUMENT.write_text(document.render(counts))
    capacity.DOCUMENT.write_text(capacity.render(counts))
    return [_row(order) for order in counts["orders"]]


def _row(order: dict[str, Any]) -> dict[str, Any]:
    captured, whole = order["to_captured_payment"], order["all"]
    return {
        "lines": order["lines"],
        "invocations": captured["invocations"],
        "dynamodb_calls": captured["dynamodb_calls"],
        "transitions": captured["transitions"],
        "invocations_in_all": whole["invocations"],
        "dynamodb_calls_in_all": whole["dynamodb_calls"],
        "read_units": whole["read_units"],
        "write_units": whole["write_units"],
        "events": whole["events"],
        "dollars_a_million": sum(prices.by_service(whole, requests=1).values()) * document.MILLION,
    }
