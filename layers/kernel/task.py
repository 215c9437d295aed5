"""The handler of a function that a state machine, a schedule or another context invokes."""

from collections.abc import Callable, Mapping
from typing import Any

from kernel import correlation, telemetry

Perform = Callable[[Mapping[str, Any]], Mapping[str, Any]]


class Task:
    """Calls `perform` with the payload and returns its small JSON-ready result.

    Business outcomes are data (`outcome`). What it raises is a technical fault: the class name is the error name that
    a state machine's Retry and Catch match.
    """

    def __init__(self, perform: Perform) -> None:
        self._perform = perform

    def __call__(self, event: Mapping[str, Any], context: object) -> dict[str, Any]:
        """Lambda's entry point: the task's input in, its outcome out."""
        cause = correlation.from_payload(event, str(getattr(context, "aws_request_id", "")))
        keys = {"order_id": str(event["order_id"])} if "order_id" in event else {}
        log = telemetry.start(correlation.bind(cause), context, **keys)
        try:
            result = dict(self._perform(event))
        except Exception:
            log.exception("the task failed")
            raise
        log.info("the task finished", outcome=result.get("outcome"))
        return result
