"""Dollars at list price, without free tier and discounts; prices.json has the prices, their date and their sources."""

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("prices.json")
_EVENT_BYTES = 64 * 1024
_GB = 1e9
SERVICES = ("API Gateway", "Lambda", "DynamoDB", "Step Functions", "EventBridge", "SQS", "SES", "CloudWatch Logs")


@cache
def listed() -> dict[str, Any]:
    """The content of prices.json."""
    found: dict[str, Any] = json.loads(FILE.read_text())
    return found


def dollars(name: str, amount: float) -> float:
    """What an amount of something listed costs."""
    price = listed()["prices"][name]
    return float(amount * price["dollars"] / price["per"])


def by_service(path: Mapping[str, Any], *, requests: int) -> dict[str, float]:
    """Dollars of a path's counts (see `orders.Path`), and of so many requests to the API that began it.

    Lambda's time is an assumption: so many milliseconds an invocation, the same for all (see `assumptions`).
    """
    assumed = listed()["assumptions"]
    gb_seconds = path["invocations"] * assumed["lambda_milliseconds"] / 1000 * assumed["lambda_megabytes"] / 1024
    billed_events = max(path["events"], -(-path["event_bytes"] // _EVENT_BYTES))
    costs = (
        dollars("api_request", requests) + dollars("transfer_gb", requests and path["answer_bytes"] / _GB),
        dollars("lambda_request", path["invocations"]) + dollars("lambda_gb_second", gb_seconds),
        dollars("dynamodb_read", path["read_units"]) + dollars("dynamodb_write", path["write_units"]),
        dollars("transition", path["transitions"]),
        dollars("event", billed_events),
        dollars("queue_request", path["messages"] * assumed["queue_requests_per_message"]),
        dollars("mail", path["mails"]),
        dollars("log_gb", path["log_bytes"] / _GB),
    )
    return dict(zip(SERVICES, costs, strict=True))
