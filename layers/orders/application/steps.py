"""The saga's steps that the order takes itself. Each gives the same outcome however often it is repeated."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from kernel import telemetry
from kernel.clock import Clock
from kernel.errors import ConflictingWrite, TransientError
from kernel.events import Event
from orders import events, projection
from orders.application.reports import payment_of, shipment_of
from orders.errors import UnknownOrder
from orders.model import Cancellation, Order, Payment, PaymentStatus, Pricing, Status
from orders.ports import Catalogue, OrderRepository, Rates
from orders.pricing import Rejected, price_lines, total_of
from orders.shipping_rates import NoRate

_TRIES = 4
_DETAIL_LENGTH = 300

Payload = Mapping[str, Any]


@dataclass(frozen=True)
class Orders:
    """Loads an order, lets a step decide on its next event, and stores it; a lost race is decided anew."""

    repository: OrderRepository
    clock: Clock

    def advance(self, order_id: str, decide: Callable[[Order], Event | None]) -> Order:
        """The order after the event that `decide` gave, or as it is when it gave None."""
        for _ in range(_TRIES):
            order = self.load(order_id)
            event = decide(order)
            if event is None:
                return order
            changed = projection.apply(order, event)
            try:
                self.repository.append(changed, event)
            except ConflictingWrite:
                continue
            return changed
        raise TransientError(f"{order_id} is being changed by others")

    def load(self, order_id: str) -> Order:
        """The order. Raises `UnknownOrder`."""
        order = self.repository.get(order_id)
        if order is None:
            raise UnknownOrder(order_id)
        return order


@dataclass(frozen=True)
class PriceOrder:
    """Takes the snapshot of the catalogue and the shipping rates that the order is sold at."""

    orders: Orders
    catalogue: Catalogue
    rates: Rates
    home_country: str

    def __call__(self, payload: Payload) -> dict[str, Any]:
        """`priced` with what the next steps need, or `rejected` with the reason."""
        try:
            order = self.orders.advance(payload["order_id"], self._decide)
        except Rejected as rejected:
            return {"outcome": "rejected", "reason": rejected.reason, "detail": rejected.detail}
        return self._priced(order)

    def _decide(self, order: Order) -> Event | None:
        if order.pricing is not None:
            return None
        if order.status is not Status.PENDING:
            ended = order.cancellation or Cancellation("not_pending", f"the order is {order.status}")
            raise Rejected(ended.reason, ended.detail)
        return events.order_priced(order, self._price(order), self.orders.clock())

    def _price(self, order: Order) -> Pricing:
        offers = self.catalogue.offers({line.sku for line in order.requested})
        lines = price_lines(order.requested, offers, order.currency)
        weight = sum(line.weight_grams * line.quantity for line in lines)
        country = order.shipping_address.country if order.shipping_address else self.home_country
        try:
            shipping = self.rates.table().price(order.shipping_method, country, weight, order.currency)
        except NoRate as no_rate:
            raise Rejected(no_rate.reason, no_rate.detail) from None
        return total_of(lines, order.adjustments, shipping)

    def _priced(self, order: Order) -> dict[str, Any]:
        priced, total = order.pricing, order.total
        assert priced is not None and total is not None  # noqa: S101, PT018 - what `_decide` made sure of
        return {
            "outcome": "priced",
            "total": total.to_dict(),
            "demand": priced.demand(),
            "payment_method": order.payment_method,
            "customer_id": order.customer_id,
            "shipping": {
                "method": order.shipping_method,
                "country": order.shipping_address.country if order.shipping_address else self.home_country,
                "weight_grams": priced.weight_grams,
            },
        }


@dataclass(frozen=True)
class ConfirmOrder:
    """The sale stands: stock committed, payment authorised."""

    orders: Orders

    def __call__(self, payload: Payload) -> dict[str, Any]:
        """`confirmed`. Raises `TransitionRefused` for an order that ended before it was confirmed."""
        payment = payment_of(payload.get("payment")) or Payment(PaymentStatus.AUTHORISED)

        def decide(order: Order) -> Event | None:
            return None if order.was_confirmed else events.order_confirmed(order, payment, self.orders.clock())

        self.orders.advance(payload["order_id"], decide)
        return {"outcome": "confirmed"}


@dataclass(frozen=True)
class FulfilOrder:
    """The payment is captured, the parcel announced."""

    orders: Orders

    def __call__(self, payload: Payload) -> dict[str, Any]:
        """`fulfilling`. Raises `TransitionRefused` for an order that ended before."""
        payment = payment_of(payload.get("payment"))
        shipment = shipment_of(payload.get("shipment"))

        def decide(order: Order) -> Event | None:
            if order.was_fulfilled:
                return None
            return events.order_fulfilling(order, payment or order.payment, shipment, self.orders.clock())

        self.orders.advance(payload["order_id"], decide)
        return {"outcome": "fulfilling"}


@dataclass(frozen=True)
class CancelOrder:
    """Ends the order: everything done for it has been undone."""

    orders: Orders

    def __call__(self, payload: Payload) -> dict[str, Any]:
        """`cancelled`. Raises `TransitionRefused` for an order that is past cancelling."""
        given = Cancellation(str(payload.get("reason") or "cancelled"), _sentence(payload.get("detail")))
        payment = payment_of(payload.get("payment"))

        def decide(order: Order) -> Event | None:
            if order.status is Status.CANCELLED:
                return None
            # A parked order says why since it was parked; the redrive's reason is only that it was redriven.
            why = order.cancellation or given
            return events.order_cancelled(order, why, payment or order.payment, self.orders.clock())

        self.orders.advance(payload["order_id"], decide)
        return {"outcome": "cancelled"}


@dataclass(frozen=True)
class ParkOrder:
    """Sets the order aside for an operator and rings the alarm, because a compensation keeps failing."""

    orders: Orders

    def __call__(self, payload: Payload) -> dict[str, Any]:
        """`parked`, or `cancelled` when there is nothing left to park. Raises `TransitionRefused` past the saga."""
        given = payload.get("cancellation") or payload
        why = Cancellation(str(given.get("reason") or "technical_failure"), _sentence(given.get("detail")))
        payment = payment_of((given.get("payment") or {}).get("result"))
        ended = (Status.COMPENSATION_PARKED, Status.CANCELLED)

        def decide(order: Order) -> Event | None:
            if order.status in ended:
                return None
            return events.order_parked(order, why, payment or order.payment, self.orders.clock())

        order = self.orders.advance(payload["order_id"], decide)
        if order.status is Status.CANCELLED:
            return {"outcome": "cancelled"}
        telemetry.count("OrdersParked")
        telemetry.logger().error("order parked", order_id=order.order_id, parked=_faults(payload.get("parked")))
        return {"outcome": "parked"}


def _sentence(detail: object) -> str:
    return str(detail or "the order could not be completed")[:_DETAIL_LENGTH]


def _faults(parked: object) -> str:
    """Which compensation failed, and with what: for the operator's log, not for the customer."""
    return json.dumps(parked, default=str)[:2000]
