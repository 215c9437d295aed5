"""A whole shop in this process: real handlers, real templates, moto for AWS. Orders go in by POST /orders."""

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import botocore.client

from inventory.dynamo.items import StockItem
from inventory.model import no_stock
from kernel.clock import utc_now
from kernel.ids import PAYMENT, derived_id
from tests.support.lambda_events import STAFF, api_event
from tests.support.saga_bridge import Bridge
from tests.support.saga_machine import Executions, Run, executing_aws, order_saga
from tests.support.saga_stack import Stack

SKUS = {"MUG-BLUE": 1250, "TEA-GREEN": 399}
"""What the shop sells, and for how much; every price includes tax."""
EVERYDAY = (("MUG-BLUE", 2), ("TEA-GREEN", 1))
"""What a customer orders, unless a test says otherwise."""
ON_HAND = 10
HOME = {"name": "Ada", "line1": "12 St James's Square", "city": "London", "postcode": "SW1Y 4JH", "country": "GB"}
WEIGHT_GRAMS = 300

ROUTES = {
    "orders-place-order": ("POST", "/orders"),
    "orders-get-order": ("GET", "/orders/{order_id}"),
    "orders-list-order-events": ("GET", "/orders/{order_id}/events"),
    "orders-pay-order": ("POST", "/orders/{order_id}/pay"),
    "payments-get-payment": ("GET", "/payments/{payment_id}"),
    "catalogue-import-products": ("POST", "/products/batch"),
    "inventory-get-stock": ("GET", "/inventory/{sku}"),
}
TASKS = ("catalogue-task-read-offers", "orders-task-redrive-order", "orders-sweep-orders")

Json = Mapping[str, Any]


@dataclass(frozen=True)
class Call:
    """One call to DynamoDB; the provider's and the carrier's own books are tables that end in `-sandbox`."""

    function: str
    operation: str
    table: str


Watcher = Callable[[Call, bool], None]
"""Is told of a call to DynamoDB before it is made (False) and after it (True), in the thread that makes it."""


@dataclass
class Shop:
    """The shop and every DynamoDB call that has been seen of it."""

    bridge: Bridge
    stack: Stack
    executions: Executions
    waits: list[float]
    calls: list[Call] = field(default_factory=list)
    watchers: list[Watcher] = field(default_factory=list)
    stocked: dict[str, int] = field(default_factory=dict)
    _keys: int = 0

    def request(
        self, function: str, body: object = None, *, known: Mapping[str, str] | None = STAFF, **path: str
    ) -> Json:
        """A request to one route, as API Gateway hands it over. An answer that is no 2xx is an `AssertionError`."""
        method, resource = ROUTES[function]
        self._keys += 1
        headers = {"Content-Type": "application/json", "Idempotency-Key": f"key-{self._keys}"}
        event = api_event(
            resource, method, path=path, body=body, headers=headers if method != "GET" else {}, authorizer=known
        )
        answer = self.bridge.invoke(function, event)
        assert 200 <= answer["statusCode"] < 300, answer["body"]
        found: Json = json.loads(answer["body"])
        return found

    def sell(self, skus: Mapping[str, int], on_hand: int = ON_HAND) -> None:
        """Put products on sale, at these prices, with this stock."""
        batch = [_product(sku, price) for sku, price in skus.items()]
        for start in range(0, len(batch), 500):
            self.request("catalogue-import-products", {"products": batch[start : start + 500]})
        with StockItem.batch_write() as batch_write:
            for sku in skus:
                batch_write.save(StockItem.of(no_stock(sku, utc_now()).counted(on_hand, utc_now())))
                self.stocked[sku] = on_hand

    def place(self, ordered: Sequence[tuple[str, int]] = EVERYDAY, **changes: Any) -> str:
        """Place an order, `collect` and paid by card unless told otherwise; returns its id."""
        body: dict[str, Any] = {
            "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in ordered],
            "currency": "GBP",
            "shipping_method": "collect",
            "payment_method": "pm_card_visa",
            "email": "ada@example.com",
        }
        known = changes.pop("known", None)
        body.update(changes)
        accepted = self.request(
            "orders-place-order", {name: value for name, value in body.items() if value is not None}, known=known
        )
        return str(accepted["order_id"])

    def pay(self, order_id: str, payment_method: str = "pm_card_visa") -> bool:
        """The customer pays an order that waits for it; whether it was accepted."""
        try:
            self.request("orders-pay-order", {"payment_method": payment_method}, order_id=order_id)
        except AssertionError:
            return False
        return True

    def finish(self, order_id: str) -> Run:
        """Wait for the end of the order's execution."""
        return self.executions.finished(self.executions.arn_of(order_id))

    def buy(self, *lines: tuple[str, int], **changes: Any) -> tuple[str, Run]:
        """Place an order and wait for its end."""
        order_id = self.place(lines or EVERYDAY, **changes)
        return order_id, self.finish(order_id)

    def order(self, order_id: str) -> Json:
        """The order as staff see it."""
        return self.request("orders-get-order", order_id=order_id)

    def history(self, order_id: str) -> list[Json]:
        """The order's events, oldest first."""
        found: list[Json] = self.request("orders-list-order-events", order_id=order_id)["items"]
        return found

    def payment(self, order_id: str) -> Json | None:
        """The payment as staff see it, None where there is none."""
        try:
            return self.request("payments-get-payment", payment_id=derived_id(PAYMENT, order_id))
        except AssertionError:
            return None

    def stock(self, sku: str) -> Json:
        """The stock as staff see it."""
        return self.request("inventory-get-stock", sku=sku)

    def task(self, function: str, payload: Json) -> Json:
        """Invoke a task directly."""
        found: Json = self.bridge.invoke(function, payload)
        return found

    def dynamo_calls(self) -> Counter[str]:
        """DynamoDB calls by function, without those to the books of the built-in provider and carrier."""
        return Counter(call.function for call in self.calls if not call.table.endswith("-sandbox"))

    def forget(self) -> None:
        """Start counting anew."""
        self.calls.clear()
        self.bridge.invocations.clear()


def _product(sku: str, price: int) -> Json:
    return {
        "sku": sku,
        "name": f"The {sku}",
        "category": "kitchen",
        "price": {"amount": price, "currency": "GBP"},
        "weight_grams": WEIGHT_GRAMS,
    }


@contextmanager
def shop(
    overrides: Mapping[str, Mapping[str, str]] | None = None, timeouts: Mapping[str, int] | None = None
) -> Iterator[Shop]:
    """An open shop. `overrides`: environment by context; `timeouts`: states that give up sooner, in seconds."""
    with executing_aws() as waits, Bridge().installed() as bridge:
        stack = Stack(overrides)
        stack.create_stores()
        machine = order_saga()
        definition = stack.definition(machine)
        for state, seconds in (timeouts or {}).items():
            definition["States"][state]["TimeoutSeconds"] = seconds
        opened = Shop(bridge, stack, Executions(definition), waits)
        with _counted_calls(opened):
            for name in (*stack.substituted_functions(machine).values(), *ROUTES, *TASKS):
                bridge.handlers[name] = stack.handler(name)
            opened.sell(SKUS)
            opened.forget()
            yield opened


def _table(request: Mapping[str, Any]) -> str:
    """The table of a request, of a batch, or of a transaction's first item."""
    for item in request.get("TransactItems", ()):
        return str(next(iter(item.values()))["TableName"])
    return str(request.get("TableName") or next(iter(request.get("RequestItems", {"": None}))))


@contextmanager
def _counted_calls(opened: Shop) -> Iterator[None]:
    """Note every call to DynamoDB with the function that made it."""
    base: Any = botocore.client.BaseClient  # the stubs hide the one method that every call goes through
    real = base._make_api_call
    lock = threading.Lock()

    def counted(client: Any, operation: str, request: Any) -> Any:
        if client.meta.service_model.service_name != "dynamodb":
            return real(client, operation, request)
        call = Call(opened.bridge.running, operation, _table(request))
        with lock:
            opened.calls.append(call)
        for watcher in opened.watchers:
            watcher(call, False)
        answer = real(client, operation, request)
        for watcher in opened.watchers:
            watcher(call, True)
        return answer

    with mock.patch.object(base, "_make_api_call", counted):
        yield
