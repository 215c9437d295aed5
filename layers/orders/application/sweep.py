"""Finding what was left behind: orders without an execution, and orders whose execution died."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from kernel import telemetry
from kernel.clock import Clock
from kernel.errors import AgoraError
from orders.application.saga_input import compensation, first_run, redrive_name
from orders.application.steps import Orders, ParkOrder
from orders.model import Order, Status
from orders.ports import Sagas

GRACE = timedelta(minutes=1)
"""How long an order may be without an execution before the sweeper looks at it: POST /orders starts it in seconds."""

MAX_REDRIVES = 5
"""After so many executions that died, the sweeper parks the order for an operator."""

RUNNING = "RUNNING"


@dataclass(frozen=True)
class Redrive:
    """Starts the next compensating execution of an order, one at a time."""

    sagas: Sagas

    def __call__(self, order: Order, limit: int | None = None) -> str | None:
        """The name of the execution that now runs for it; None when `limit` redrives have died already."""
        attempt = 1
        while (status := self.sagas.status(redrive_name(order.order_id, attempt))) is not None:
            if status == RUNNING:
                return redrive_name(order.order_id, attempt)
            attempt += 1
        if limit is not None and attempt > limit:
            return None
        name = redrive_name(order.order_id, attempt)
        self.sagas.start(name, compensation(order))
        return name


@dataclass(frozen=True)
class SweepOrders:
    """Every minute. Safe to run twice, and beside itself: executions are named, and a name starts once."""

    orders: Orders
    sagas: Sagas
    redrive: Redrive
    park: ParkOrder
    clock: Clock
    seconds_left: Callable[[], float]

    def __call__(self) -> dict[str, Any]:
        """Count of what was found and done. An order that fails is logged and tried again the next minute."""
        now = self.clock()
        self.orders.repository.remember_first_day(now - timedelta(days=1))
        counts: dict[str, int] = {}
        for order_id in self.orders.repository.open_before(now - GRACE):
            done = self._swept(order_id)
            counts[done] = counts.get(done, 0) + 1
            if self.seconds_left() <= 0:
                break
        return {"outcome": "swept", **counts}

    def _swept(self, order_id: str) -> str:
        try:
            done = self._sweep(order_id)
        except AgoraError:
            telemetry.logger().exception("the order could not be swept", order_id=order_id)
            return "failed"
        if done not in ("running", "closed"):
            telemetry.logger().warning("order swept up", order_id=order_id, done=done)
        return done

    def _sweep(self, order_id: str) -> str:
        status = self.sagas.status(order_id)
        if status == RUNNING:
            return "running"
        # Read after the status: an order still open now was not closed by the execution that has ended.
        order = self.orders.load(order_id)
        if not order.in_saga:
            return "closed"
        if status is None and order.status is Status.PENDING:
            self.sagas.start(order_id, first_run(order))
            return "started"
        if self.redrive(order, MAX_REDRIVES) is not None:
            return "redriven"
        why = {"reason": "saga_lost", "detail": "the order could not be completed because of a technical fault"}
        self.park({"order_id": order_id, "cancellation": why})
        return "parked"


@dataclass(frozen=True)
class RedriveOrder:
    """The operator's way back for a parked order."""

    orders: Orders
    redrive: Redrive

    def __call__(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """`redriven` with the execution's name, or `not_parked` with the order's status."""
        order = self.orders.load(str(payload["order_id"]))
        if order.status is not Status.COMPENSATION_PARKED:
            return {"outcome": "not_parked", "status": order.status.value}
        return {"outcome": "redriven", "execution": self.redrive(order)}
