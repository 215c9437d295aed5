"""Faults of deployed functions: the engine runs the shipped machine, and afterwards all books agree.

`make faults` plays every fault at every state in one process. Here a few are real: functions do not start, an
execution waits for a token that two requests bring, events come over the bus again.
"""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from bench.load.books import RunningShop, compare
from infra.local import mailbox
from kernel.outbox import EventItem
from tests.e2e.client import ADDRESS, Shop, eventually, new_key, order_of

pytestmark = pytest.mark.e2e
STOCK = 10


def that_does_not_start(shop: Shop, function: str) -> AbstractContextManager[None]:
    """Every invocation of the function fails for a while: it is not told of its table, and so it does not start."""
    return shop.configured(function, AGORA_TABLE=None)


def agree(shop: Shop, sku: str, *order_ids: str) -> None:
    """Provider, payment, stock, parcel, order and events, each read from its own store."""
    compare(RunningShop(shop, {sku: STOCK}), shop.stack, order_ids)


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        ("inventory-task-reserve-stock", "technical_failure"),
        ("payments-task-authorise-payment", "payment_failed"),
        ("payments-task-capture-payment", "capture_failed"),
    ],
)
def test_a_task_that_never_works_undoes_what_came_before(shop: Shop, function: str, reason: str) -> None:
    sku = shop.product(stock=STOCK)
    with that_does_not_start(shop, function):
        order = shop.settled(shop.place(order_of((sku, 2))))
    assert (order["status"], order["cancellation"]["reason"]) == ("CANCELLED", reason)
    assert shop.stock(sku) == (STOCK, 0, STOCK)
    agree(shop, sku, order["order_id"])


def test_a_compensation_that_does_not_work_at_first_is_repeated_until_it_does(shop: Shop) -> None:
    sku = shop.product(stock=STOCK)
    with that_does_not_start(shop, "payments-task-reverse-payment"):
        placed = shop.place(order_of((sku, 2), payment_method="pm_card_capture_fails"))
        log = Path(shop.stack["log_dir"]) / f"{shop.stack['prefix']}-payments-task-reverse-payment.log"
        assert eventually(lambda: log.exists() and "ConfigurationError" in log.read_text())
    order = shop.settled(placed)
    assert (order["status"], order["payment"]["status"]) == ("CANCELLED", "VOIDED")
    assert shop.stock(sku) == (STOCK, 0, STOCK)
    agree(shop, sku, order["order_id"])


def test_two_payments_of_one_order_at_once_charge_it_once(shop: Shop) -> None:
    sku = shop.product(stock=STOCK)
    placed = shop.place(order_of((sku, 1), payment_method=None))
    pay = f"/orders/{placed.json()['order_id']}/pay"
    body = {"payment_method": "pm_card_visa"}
    # The books want one id for all of an order's events.
    same_request = {"X-Request-Id": placed.headers["x-request-id"]}
    assert eventually(lambda: shop.stock(sku) == (STOCK, 1, STOCK - 1))

    def both() -> list[httpx.Response]:
        sent = [{**new_key(), **same_request} for _ in range(2)]
        with ThreadPoolExecutor(2) as pool:
            return list(
                pool.map(lambda headers: shop.call("POST", pay, who="customer", json=body, headers=headers), sent)
            )

    assert eventually(lambda: any(answer.is_success for answer in both()))
    assert shop.settled(placed)["payment"]["status"] == "CAPTURED"
    agree(shop, sku, placed.json()["order_id"])


def test_events_that_come_over_the_bus_again_change_nothing(shop: Shop) -> None:
    sku = shop.product(stock=STOCK)
    email = f"{sku.lower()}@example.com"
    order = order_of((sku, 1), email=email, shipping_address=ADDRESS)
    order_id = str(shop.settled(shop.place(order, who=None))["order_id"])

    def mails(to: str) -> int:
        return sum(to in str(mail) for mail in mailbox.messages(shop.stack["endpoint_url"]))

    def trail() -> list[Any]:
        entries: list[Any] = shop.invoke("audit-task-read-trail", {"aggregate_id": order_id})["entries"]
        return entries

    events = _events(shop, order_id)
    assert eventually(lambda: mails(email) == 2 and len(trail()) == len(events))
    before = trail()
    _put_on_the_bus(shop, [*reversed(events), *events])
    # The queues are drained once an event that comes after them was handled: another order's confirmation.
    other = "somebody-else-" + sku.lower().removeprefix("e2e-") + "@example.org"
    marker = shop.place(order_of((sku, 1), email=other), who=None)
    shop.settled(marker)
    assert eventually(lambda: mails(other) == 2)
    assert (mails(email), trail()) == (2, before)
    agree(shop, sku, order_id, marker.json()["order_id"])


def _events(shop: Shop, order_id: str) -> list[dict[str, Any]]:
    """The order's published events as they were on the bus."""
    rows = shop.aws("dynamodb").query(
        TableName=f"{shop.stack['prefix']}-orders",
        KeyConditionExpression="pk = :pk AND begins_with(sk, :event)",
        ExpressionAttributeValues={":pk": {"S": order_id}, ":event": {"S": "EVENT#"}},
    )["Items"]
    events = [EventItem.from_raw_data(row).to_event() for row in rows if row["published"]["BOOL"]]
    return [{"source": event.source, "name": event.name, "detail": event.to_detail()} for event in events]


def _put_on_the_bus(shop: Shop, events: list[dict[str, Any]]) -> None:
    entries = [
        {
            "Source": event["source"],
            "DetailType": event["name"],
            "Detail": json.dumps(event["detail"]),
            "EventBusName": shop.stack["event_bus"],
        }
        for event in events
    ]
    answer = shop.aws("events").put_events(Entries=entries[:10])
    assert answer["FailedEntryCount"] == 0
