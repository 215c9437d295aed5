"""What is left of an order whose customer's account was deleted: the sale, and no person.

Amounts, lines, the country (it decides taxes and rates) and the ids stay: the books need them. `customer_id` stays too,
so that the sales of one account still belong together; identity keeps nothing that says whose it was.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any

from kernel.events import Event
from orders.model import Address, Order

ERASED = "[erased]"
"""Stands where an address needs a text."""


def is_anonymous(order: Order) -> bool:
    """Whether nothing in it says whose order it was."""
    return anonymous_order(order) == order


def anonymous_order(order: Order) -> Order:
    """The order without the person."""
    address = order.shipping_address
    return replace(order, email=None, shipping_address=None if address is None else _somewhere_in(address.country))


def anonymous_event(event: Event) -> Event:
    """The event as it would have been told of nobody: the projection of such events is the anonymous order."""
    return replace(event, data=_anonymous_data(event.data))


def _anonymous_data(data: Mapping[str, Any]) -> dict[str, Any]:
    kept = dict(data)
    if "email" in kept:
        kept["email"] = None
    if kept.get("shipping_address") is not None:
        kept["shipping_address"] = asdict(_somewhere_in(str(kept["shipping_address"]["country"])))
    return kept


def _somewhere_in(country: str) -> Address:
    return Address(name=ERASED, line1=ERASED, city=ERASED, postcode=ERASED, country=country)
