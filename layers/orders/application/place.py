"""Taking an order: everything is checked that can be, it is stored with its event, and the saga is started."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from kernel import correlation, ids, telemetry
from kernel.clock import Clock, from_rfc3339, to_rfc3339
from kernel.correlation import Correlation
from kernel.errors import AgoraError, FieldError, IdempotencyInProgress, PayloadTooLarge
from kernel.idempotency import Answer, IdempotencyKey
from orders import events, pricing
from orders.application.saga_input import first_run
from orders.errors import OrderLimitReached, OrderNotAcceptable, StaffOnly
from orders.limit import OrderLimit
from orders.model import COLLECT, Address, Adjustment, Order, RequestedLine, Status
from orders.ports import Catalogue, GuestLinks, KeyUsed, LimitReached, OrderRepository, Remembered, Sagas

if TYPE_CHECKING:
    # At run time it would bring the router into the saga's tasks.
    from kernel.http.caller import Caller

MAX_EVENT_BYTES = 220_000
"""What OrderPlaced may weigh: PutEvents takes 256 KB with its envelope."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """An order as a client asks for it, well formed already."""

    lines: tuple[RequestedLine, ...]
    currency: str
    shipping_method: str
    shipping_address: Address | None
    payment_method: str | None
    email: str | None
    on_behalf_of: str | None
    adjustments: tuple[Adjustment, ...]


@dataclass(frozen=True)
class PlaceOrder:
    """`POST /orders`."""

    repository: OrderRepository
    catalogue: Catalogue
    sagas: Sagas
    links: GuestLinks
    clock: Clock
    payment_methods: frozenset[str]
    orders_per_minute: int = 0

    def __call__(self, wanted: Wanted, caller: Caller, key: IdempotencyKey, base_url: str) -> Answer:
        """Store the order and start its saga; a repeated key is answered as the first time, and stores nothing.

        Whoever was answered first may have died before its saga was started: a repetition starts it then.

        Raises `StaffOnly`, `OrderNotAcceptable`, `PayloadTooLarge`, `IdempotencyKeyReused`, `OrderLimitReached`.
        """
        _check_staff_fields(wanted, caller)
        order = self._order(wanted, caller)
        try:
            self._check(order)
            event = events.order_placed(order)
            _check_size(event.data)
        except OrderNotAcceptable:
            # The first request may have been accepted while its SKUs were still sold.
            if (answered := self.repository.answer(key)) is not None:
                return self._again(answered)
            raise
        answer = Answer(202, accepted(order, base_url, self.links))
        limit = self._limit(order, caller)
        try:
            self.repository.place(order, event, Remembered(key, answer), limit)
        except KeyUsed:
            return self._replayed(key)
        except LimitReached:
            raise _over(limit, self.clock()) from None
        self._start(order)
        return answer

    def _limit(self, order: Order, caller: Caller) -> OrderLimit | None:
        """Staff place for many customers: the plan of their key is their limit."""
        if caller.is_staff or not self.orders_per_minute:
            return None
        return OrderLimit.of(order.customer_id, order.email, self.clock(), self.orders_per_minute)

    def _replayed(self, key: IdempotencyKey) -> Answer:
        answered = self.repository.answer(key)
        if answered is None:  # its 24 hours ended between the two reads
            raise IdempotencyInProgress("the key is being used; repeat the request")
        return self._again(answered)

    def _again(self, answered: Answer) -> Answer:
        order_id = str(answered.body["order_id"])
        with _left_to_the_sweeper(order_id):
            order = self.repository.get(order_id)
            if order is not None and order.status is Status.PENDING:  # an execution is named, and a name starts once
                self.sagas.start(order_id, first_run(order))
        return answered

    def _order(self, wanted: Wanted, caller: Caller) -> Order:
        now = from_rfc3339(to_rfc3339(self.clock()))
        cause = _cause()
        customer_id, email = _owner(wanted, caller)
        return Order(
            order_id=ids.new_id(ids.ORDER),
            status=Status.PENDING,
            customer_id=customer_id,
            email=email,
            placed_by=caller.user_id if caller.is_staff else None,
            currency=wanted.currency,
            requested=wanted.lines,
            adjustments=wanted.adjustments,
            shipping_address=wanted.shipping_address,
            shipping_method=wanted.shipping_method,
            payment_method=wanted.payment_method,
            placed_at=now,
            updated_at=now,
            version=1,
            correlation_id=cause.correlation_id,
            traceparent=cause.traceparent,
        )

    def _check(self, order: Order) -> None:
        method = order.payment_method
        if method is not None and method not in self.payment_methods and self.payment_methods:
            raise _refused([FieldError("payment_method", f"must be one of {', '.join(sorted(self.payment_methods))}")])
        offers = self.catalogue.offers({line.sku for line in order.requested})
        errors = [
            FieldError(f"lines.{index}.{field}", reason)
            for index, line in enumerate(order.requested)
            for field, reason in _faults(line, offers, order.currency)
        ]
        if errors:
            raise _refused(errors)
        self._check_total(order, offers)

    def _check_total(self, order: Order, offers: Mapping[str, pricing.Offer]) -> None:
        try:
            lines = pricing.price_lines(order.requested, offers, order.currency)
            # What shipping costs is for the saga to find: where it is not free it may lift the total above zero.
            shipping = 0 if order.shipping_method == COLLECT else -min(0, sum(a.amount for a in order.adjustments))
            pricing.total_of(lines, order.adjustments, shipping)
        except pricing.Rejected as rejected:
            path = "adjustments" if rejected.reason == "negative_total" else "lines"
            raise _refused([FieldError(path, rejected.detail)]) from None

    def _start(self, order: Order) -> None:
        with _left_to_the_sweeper(order.order_id):
            self.sagas.start(order.order_id, first_run(order))


@contextmanager
def _left_to_the_sweeper(order_id: str) -> Iterator[None]:
    """The order is stored and the client is told so: the sweeper starts what does not start here."""
    try:
        yield
    except AgoraError:
        telemetry.logger().exception("the saga was not started; the sweeper will", order_id=order_id)


def accepted(order: Order, base_url: str, links: GuestLinks) -> dict[str, Any]:
    """The 202's body. A guest's links carry the token that opens the order."""
    path = f"{base_url}/orders/{order.order_id}"
    token = f"?token={links.token(order.order_id)}" if order.is_guest else ""
    found = {"self": path + token}
    if not order.is_guest:  # the history is for owners with a token of their own, and staff
        found["events"] = f"{path}/events"
    if order.payment_method is None:
        found["pay"] = f"{path}/pay{token}"
    return {"order_id": order.order_id, "status": order.status.value, "links": found}


def _over(limit: OrderLimit | None, now: datetime) -> OrderLimitReached:
    wait = max(1, limit.ends_at - int(now.timestamp())) if limit else 1
    return OrderLimitReached("wait before placing another order", headers={"Retry-After": str(wait)})


def _cause() -> Correlation:
    cause = correlation.current()
    return cause if cause.traceparent else Correlation(cause.correlation_id, correlation.new_traceparent())


def _owner(wanted: Wanted, caller: Caller) -> tuple[str | None, str | None]:
    """Customer id and e-mail. Staff who name no customer but an e-mail place a guest's order."""
    if wanted.on_behalf_of is not None:
        return wanted.on_behalf_of, wanted.email
    if caller.is_known and not (caller.is_staff and wanted.email is not None):
        return caller.user_id, wanted.email or caller.email or None
    if wanted.email is None:
        raise _refused([FieldError("email", "required of a guest")])
    return None, wanted.email


def _check_staff_fields(wanted: Wanted, caller: Caller) -> None:
    if caller.is_staff:
        return
    used = [
        FieldError(f"lines.{index}.unit_price", "prices are negotiated by staff")
        for index, line in enumerate(wanted.lines)
        if line.unit_price is not None
    ]
    if wanted.adjustments:
        used.append(FieldError("adjustments", "made by staff"))
    if wanted.on_behalf_of is not None:
        used.append(FieldError("on_behalf_of", "staff order for others"))
    if used:
        raise StaffOnly("some fields of the body are for staff", errors=used[:100])


def _check_size(data: Mapping[str, Any]) -> None:
    size = len(json.dumps(data))
    if size > MAX_EVENT_BYTES:
        raise PayloadTooLarge(f"the order has {size} bytes; {MAX_EVENT_BYTES} can be handled")


def _faults(line: RequestedLine, offers: Mapping[str, pricing.Offer], currency: str) -> list[tuple[str, str]]:
    offer = offers.get(line.sku)
    if offer is None:
        return [("sku", f"{line.sku} is not in the catalogue")]
    faults = []
    if offer.price.currency != currency:
        faults.append(("sku", f"{line.sku} is sold in {offer.price.currency}, not in {currency}"))
    if line.unit_price is not None and line.unit_price.currency != currency:
        faults.append(("unit_price.currency", f"the order is in {currency}"))
    return faults


def _refused(errors: list[FieldError]) -> OrderNotAcceptable:
    return OrderNotAcceptable("the order cannot be sold as it is", errors=errors[:100])
