"""Dropping an order's row loses nothing: it is made again from the events."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kernel.events import Event
from orders import projection
from orders.errors import UnknownOrder
from orders.ports import OrderRepository

_PAGE = 100


@dataclass(frozen=True)
class RebuildProjection:
    """Replays the events of one order, or of several, and stores what they make."""

    repository: OrderRepository

    def __call__(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """`rebuilt` with the version of each of `order_id` or `order_ids`. Raises `UnknownOrder` without events."""
        ids = payload.get("order_ids") or [payload["order_id"]]
        return {"outcome": "rebuilt", "versions": {order_id: self._rebuild(str(order_id)) for order_id in ids}}

    def _rebuild(self, order_id: str) -> int:
        history = list(self._history(order_id))
        if not history:
            raise UnknownOrder(order_id)
        order = projection.project(history)
        self.repository.save_projection(order)
        return order.version

    def _history(self, order_id: str) -> Iterator[Event]:
        after = 0
        while page := self.repository.events(order_id, after, _PAGE):
            yield from page
            after = page[-1].sequence
