"""What ties together everything that one request caused: carried in headers, the saga's input and every event."""

import re
import secrets
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True, slots=True)
class Correlation:
    """`correlation_id` is the request id of the first cause; `traceparent` is the W3C trace context."""

    correlation_id: str
    traceparent: str
    causation_id: str = ""

    def to_dict(self) -> dict[str, str]:
        """The two fields that travel in a task's input."""
        return {"correlation_id": self.correlation_id, "traceparent": self.traceparent}


_EMPTY = Correlation("", "")
_current: ContextVar[Correlation] = ContextVar("correlation", default=_EMPTY)


def current() -> Correlation:
    """The correlation of the running invocation."""
    return _current.get()


def bind(correlation: Correlation) -> Correlation:
    """Make `correlation` the one of the running invocation."""
    _current.set(correlation)
    return correlation


def from_headers(headers: Mapping[str, str], request_id: str) -> Correlation:
    """Take `X-Request-Id` and `traceparent` when well formed, else `request_id` and a new trace. Keys lower case."""
    given = headers.get("x-request-id", "")
    trace = headers.get("traceparent", "")
    return _checked(given, trace, request_id)


def from_payload(payload: Mapping[str, Any], fallback_id: str) -> Correlation:
    """The correlation that a task's input or an event carries, as far as it is well formed: other systems send both."""
    causation = str(payload.get("causation_id") or "")
    return _checked(
        str(payload.get("correlation_id") or ""),
        str(payload.get("traceparent") or ""),
        fallback_id,
        causation if _REQUEST_ID.fullmatch(causation) else "",
    )


def _checked(given: str, trace: str, fallback_id: str, causation: str = "") -> Correlation:
    return Correlation(
        given if _REQUEST_ID.fullmatch(given) else fallback_id,
        trace if _TRACEPARENT.fullmatch(trace) else new_traceparent(),
        causation,
    )


def new_traceparent() -> str:
    """A new sampled W3C trace context."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
