"""Reading orders: the owner reads their own, staff all, a guest the one whose link they hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kernel.clock import Clock
from kernel.cursor import Cursors
from kernel.errors import Forbidden
from kernel.events import Event
from kernel.ids import ORDER, is_id
from orders.errors import OrderNotFound
from orders.model import Order
from orders.ports import GuestLinks, OrderRepository, Page

if TYPE_CHECKING:
    # At run time it would bring the router into the saga's tasks.
    from kernel.http.caller import Caller


@dataclass(frozen=True)
class Access:
    """Finds an order that the caller may see."""

    repository: OrderRepository
    links: GuestLinks

    def order(self, order_id: str, caller: Caller, token: str | None = None) -> Order:
        """The order. Raises `OrderNotFound` alike for one that is not there and one that is not the caller's."""
        order = self.repository.get(order_id) if is_id(ORDER, order_id) else None
        if order is None or not self._may_see(order, caller, token):
            raise OrderNotFound(f"there is no order {order_id}")
        return order

    def _may_see(self, order: Order, caller: Caller, token: str | None) -> bool:
        if caller.is_staff:
            return True
        if order.customer_id is not None:
            return caller.is_known and caller.user_id == order.customer_id
        return self.links.opens(order.order_id, token)


@dataclass(frozen=True)
class ListOrders:
    """`GET /orders`."""

    repository: OrderRepository
    cursors: Cursors
    clock: Clock

    def __call__(
        self, caller: Caller, *, status: str | None, customer_id: str | None, limit: int, cursor: str | None
    ) -> tuple[list[Mapping[str, Any]], str | None]:
        """One page of orders without their lines, newest first, and the next page's cursor."""
        if not caller.is_staff and customer_id not in (None, caller.user_id):
            raise Forbidden("only staff may list the orders of others")
        owner = customer_id if caller.is_staff else caller.user_id
        purpose = f"orders/{owner or '*'}/{status or '*'}"
        page = self._page(owner, status, limit, self.cursors.open(purpose, cursor))
        return list(page.items), self.cursors.seal(purpose, page.position)

    def _page(self, owner: str | None, status: str | None, limit: int, position: dict[str, Any] | None) -> Page:
        if owner is not None:
            return self.repository.of_customer(owner, status, limit, position)
        return self.repository.of_all(status, limit, position, self.clock())


@dataclass(frozen=True)
class ListOrderEvents:
    """`GET /orders/{order_id}/events`."""

    access: Access
    cursors: Cursors

    def __call__(
        self, order_id: str, caller: Caller, *, limit: int, cursor: str | None
    ) -> tuple[list[Event], str | None]:
        """One page of the order's history, from its first event on, and the next page's cursor."""
        order = self.access.order(order_id, caller)
        purpose = f"order-events/{order_id}"
        after = int((self.cursors.open(purpose, cursor) or {"after": 0})["after"])
        found = self.access.repository.events(order_id, after, limit)
        last = found[-1].sequence if found else order.version
        return found, self.cursors.seal(purpose, {"after": last} if last < order.version else None)
