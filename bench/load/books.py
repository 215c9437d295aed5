"""After the load: every accepted order has ended, and all books of the running stack agree, read from its stores."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from inventory.dynamo import MODELS as STOCK_MODELS
from kernel import aws, dynamo
from kernel.ids import PAYMENT, derived_id
from payments.dynamo import SandboxItem as ChargeItem
from shipping.dynamo import SandboxItem as ParcelItem
from tests.e2e.client import FINAL, Shop
from tests.support import saga_books
from tests.support.functions import environment

SETTLE_SECONDS = 300


class NotSettled(Exception):
    """Orders are still under way after all that time."""


@dataclass
class RunningShop:
    """The books of a running stack as `saga_books` reads them: orders and payments by HTTP, the rest from tables."""

    shop: Shop
    stocked: Mapping[str, int]
    _seen: dict[str, Any] = field(default_factory=dict)

    def order(self, order_id: str) -> Mapping[str, Any]:
        """The order as staff see it; one that has ended is asked for once."""
        if order_id not in self._seen:
            order = self._read(f"/orders/{order_id}")
            if order["status"] not in FINAL:
                return order
            self._seen[order_id] = order
        return dict(self._seen[order_id])

    def history(self, order_id: str) -> list[Mapping[str, Any]]:
        """Its events, oldest first."""
        found: list[Mapping[str, Any]] = self._read(f"/orders/{order_id}/events")["items"]
        return found

    def payment(self, order_id: str) -> Mapping[str, Any] | None:
        """Its payment, None where there is none."""
        answer = self.shop.call("GET", f"/payments/{derived_id(PAYMENT, order_id)}", who="staff")
        return None if answer.status_code == 404 else dict(answer.raise_for_status().json())

    def _read(self, path: str) -> dict[str, Any]:
        return dict(self.shop.call("GET", path, who="staff").raise_for_status().json())


@contextmanager
def stores_of(stack: Mapping[str, Any]) -> Iterator[None]:
    """Point the contexts' own models at the stack's tables."""
    place = {"AWS_ENDPOINT_URL": stack["endpoint_url"], "AWS_DEFAULT_REGION": stack["region"]}
    known = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    with environment({**place, **known}):
        aws.reset()
        dynamo.bind(f"{stack['prefix']}-inventory", *STOCK_MODELS)
        dynamo.bind(f"{stack['prefix']}-payments-sandbox", ChargeItem)
        dynamo.bind(f"{stack['prefix']}-shipping-sandbox", ParcelItem)
        yield
    aws.reset()


def settle(shop: RunningShop, order_ids: Sequence[str], seconds: float = SETTLE_SECONDS) -> Counter[str]:
    """Wait until every order has ended; how many ended how. Raises `NotSettled`."""
    deadline, waiting = time.monotonic() + seconds, list(order_ids)
    while waiting:
        waiting = [each for each in waiting if shop.order(each)["status"] not in FINAL]
        if waiting and time.monotonic() > deadline:
            raise NotSettled(f"{len(waiting)} of {len(order_ids)} orders have not ended, such as {waiting[0]}")
        time.sleep(0.5 if waiting else 0)
    return Counter(str(shop.order(each)["status"]) for each in order_ids)


def compare(shop: RunningShop, stack: Mapping[str, Any], order_ids: Sequence[str]) -> None:
    """Raise `AssertionError` unless stock, money, parcels, orders and their events agree, and nothing is left over."""
    with stores_of(stack):
        saga_books.assert_agree(shop, *order_ids)
