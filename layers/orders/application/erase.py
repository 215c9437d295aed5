"""Erasing a deleted account's personal data from its orders, in as many runs as it takes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from kernel import telemetry
from kernel.clock import Clock
from kernel.errors import AgoraError
from kernel.events import Event
from kernel.retry import until_written
from orders import events, projection
from orders.anonymous import anonymous_event, is_anonymous
from orders.model import IN_SAGA
from orders.ports import Erasure, Erasures, OrderRepository

SETTLED = timedelta(hours=1)
"""How long after the deletion a last order may still turn up: an access token that the gateway has cached is good for a
minute, and the index of a customer's orders lags by seconds."""

AGAIN = timedelta(minutes=5)
"""When to look again for orders that could not be erased yet."""

_PAGE = 25


@dataclass(frozen=True)
class EraseCustomer:
    """Anonymises all orders of a customer. Safe to repeat, beside itself too: an anonymous order is left alone.

    Orders that the saga works on wait until they are over: it needs the address, and its events would bring back what
    was erased.
    """

    repository: OrderRepository
    erasures: Erasures
    clock: Clock
    seconds_left: Callable[[], float]

    def handle(self, event: Event) -> None:
        """`UserDeleted`: remember that there is something to erase, and begin."""
        erasure = Erasure(str(event.data["user_id"]), deleted_at=event.time, due=self.clock())
        self.erasures.save(erasure)
        self.go_on(erasure)

    def go_on(self, erasure: Erasure) -> None:
        """One run: pages of orders until there are no more or the time is up; what is left has its next run noted."""
        waits, position = erasure.waits, erasure.position
        while True:
            page = self.repository.of_customer(erasure.customer_id, None, _PAGE, position)
            for summary in page.items:
                waits = not self._erased(summary) or waits
            position = page.position
            if position is None or self.seconds_left() <= 0:
                break
        self.erasures.save(self._next(replace(erasure, position=position, waits=waits)))

    def _next(self, done: Erasure) -> Erasure:
        now = self.clock()
        if done.position is not None:
            return replace(done, due=now)
        if done.waits or now < done.deleted_at + SETTLED:
            return replace(done, due=now + AGAIN, waits=False)
        return replace(done, due=None)

    def _erased(self, summary: Mapping[str, Any]) -> bool:
        """False for an order that has to wait."""
        if summary["status"] in IN_SAGA:
            return False
        order_id = str(summary["order_id"])
        return until_written(lambda: self._anonymise(order_id), order_id)

    def _anonymise(self, order_id: str) -> bool:
        order = self.repository.get(order_id)
        if order is None or order.in_saga:
            return False
        if is_anonymous(order):
            return True
        event = events.order_anonymised(order, self.clock())
        history = self.repository.events(order_id, 0, order.version)  # none that came since
        told_of_nobody = [anonymous_event(each) for each in history]
        rewritten = [after for before, after in zip(history, told_of_nobody, strict=True) if after != before]
        self.repository.anonymise(projection.apply(order, event), event, rewritten)
        return True


@dataclass(frozen=True)
class SweepErasures:
    """Every few minutes: goes on with the erasures that are due."""

    erase: EraseCustomer

    def __call__(self) -> dict[str, Any]:
        """How many were due. One that fails is logged, and is due again."""
        counts = {"gone_on": 0, "failed": 0}
        for erasure in self.erase.erasures.due(self.erase.clock()):
            counts[self._gone_on(erasure)] += 1
            if self.erase.seconds_left() <= 0:
                break
        return {"outcome": "swept", **counts}

    def _gone_on(self, erasure: Erasure) -> str:
        try:
            self.erase.go_on(erasure)
        except AgoraError:
            telemetry.logger().exception("the erasure could not go on", customer_id=erasure.customer_id)
            return "failed"
        return "gone_on"
