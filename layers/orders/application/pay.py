"""Paying later: the saga holds the stock and waits; the customer says how to pay, and it goes on.

The customer may be faster than the saga. Both sides write first and then read what the other wrote, so at least one of
them completes the wait; completing it twice does nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kernel.errors import ConflictingWrite, FieldError, IdempotencyInProgress, TransientError
from kernel.idempotency import Answer, IdempotencyKey
from orders import events, projection
from orders.application.read import Access
from orders.application.steps import Orders
from orders.errors import NotAwaitingPayment, OrderNotAcceptable
from orders.model import Order, Status
from orders.ports import KeyUsed, OrderRepository, Remembered, Sagas

if TYPE_CHECKING:
    # At run time it would bring the router into the saga's tasks.
    from kernel.http.caller import Caller

_TRIES = 4


@dataclass(frozen=True)
class PayOrder:
    """`POST /orders/{order_id}/pay`."""

    orders: Orders
    access: Access
    sagas: Sagas
    payment_methods: frozenset[str]

    def __call__(
        self, order_id: str, payment_method: str, caller: Caller, key: IdempotencyKey, token: str | None
    ) -> Answer:
        """Record the payment method and wake the saga. A repeated key is answered as before, and wakes it again.

        Raises `OrderNotFound`, `NotAwaitingPayment`, `OrderNotAcceptable`, `IdempotencyKeyReused`.
        """
        if self.payment_methods and payment_method not in self.payment_methods:
            reason = f"must be one of {', '.join(sorted(self.payment_methods))}"
            raise OrderNotAcceptable(
                "the order cannot be paid like this", errors=[FieldError("payment_method", reason)]
            )
        for _ in range(_TRIES):
            order = self.access.order(order_id, caller, token)
            try:
                return self._pay(order, payment_method, key)
            except ConflictingWrite:
                continue
        raise TransientError(f"{order_id} is being changed by others")

    def _pay(self, order: Order, payment_method: str, key: IdempotencyKey) -> Answer:
        repository = self.orders.repository
        answer = Answer(202, {"order_id": order.order_id, "status": order.status.value})
        if not _waits(order):
            if (answered := repository.answer(key)) is None:
                raise NotAwaitingPayment(_why_not(order))
            wake(repository, self.sagas, order)
            return answered
        event = events.payment_method_chosen(order, payment_method, self.orders.clock())
        changed = projection.apply(order, event)
        try:
            repository.append(changed, event, Remembered(key, answer))
        except KeyUsed:
            # A repetition has overtaken this request; another body with the same key is refused by `answer`.
            if (answered := repository.answer(key)) is None:
                raise IdempotencyInProgress("the key is being used; repeat the request") from None
            # Which may have died before it woke the saga; what it stored is what this request wanted to store.
            wake(repository, self.sagas, changed)
            return answered
        wake(repository, self.sagas, changed)
        return answer


@dataclass(frozen=True)
class AwaitPayment:
    """The saga's step that waits: it leaves its task token with the order."""

    orders: Orders
    sagas: Sagas

    def __call__(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """`waiting`, or `chosen` when the customer was faster and the execution goes on at once."""
        order_id = payload["order_id"]
        self.orders.repository.save_token(order_id, payload["task_token"])
        order = self.orders.load(order_id)
        if order.payment_method is None:
            return {"outcome": "waiting"}
        self.sagas.complete(payload["task_token"], {"payment_method": order.payment_method})
        return {"outcome": "chosen"}


def wake(repository: OrderRepository, sagas: Sagas, order: Order) -> None:
    """Let the execution that waits for the order's payment go on, if one waits."""
    token = repository.token(order.order_id)
    if token is not None and order.status is Status.PENDING and order.payment_method is not None:
        sagas.complete(token, {"payment_method": order.payment_method})


def _waits(order: Order) -> bool:
    return order.status is Status.PENDING and order.payment_method is None


def _why_not(order: Order) -> str:
    if order.status is Status.PENDING:
        return "the order has its payment method already"
    return f"the order is {order.status}"
