"""Structured logs and metrics of one function, through Powertools."""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from aws_lambda_powertools.logging import Logger

from kernel.correlation import Correlation
from kernel.masking import masked


@lru_cache(maxsize=1)
def logger() -> Logger:
    """The process's JSON logger. Made on first use: a layer must not read the environment at import."""
    return Logger(utc=True, json_serializer=_line)


def _line(record: Mapping[str, Any]) -> str:
    """A record as one line of ASCII: nothing that a client sent can break the line or the encoding."""
    return json.dumps(masked(record), separators=(",", ":"))


def start(correlation: Correlation, context: object, **keys: str) -> Logger:
    """Begin an invocation: forget the last one's keys and put this one's into every line."""
    log = logger()
    log.clear_state()
    log.append_keys(
        correlation_id=correlation.correlation_id,
        traceparent=correlation.traceparent,
        function_request_id=getattr(context, "aws_request_id", ""),
        **keys,
    )
    return log


def count(name: str, value: int = 1, **dimensions: str) -> None:
    """Emit a count in CloudWatch's embedded metric format."""
    # Few invocations count anything, so that starting does not pay for it.
    from aws_lambda_powertools.metrics import MetricUnit, single_metric  # noqa: PLC0415

    with single_metric(name=name, unit=MetricUnit.Count, value=value, namespace="Agora") as metric:
        for key, text in dimensions.items():
            metric.add_dimension(key, text)
