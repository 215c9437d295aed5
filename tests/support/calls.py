"""What goes out to DynamoDB, counted."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from kernel import aws


@contextmanager
def counted_calls() -> Iterator[list[str]]:
    """The DynamoDB operations that go out while it is open."""
    calls: list[str] = []

    def count(model: Any, **_: Any) -> None:
        calls.append(model.name)

    hooks = aws.client("dynamodb").meta.events
    hooks.register("before-call.dynamodb", count)
    try:
        yield calls
    finally:
        hooks.unregister("before-call.dynamodb", count)
