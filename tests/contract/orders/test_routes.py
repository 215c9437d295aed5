"""The routes of orders as clients use them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Any
from unittest import mock
from urllib.parse import parse_qs, urlsplit

import pytest

from kernel import aws
from tests.contract.orders.world import BODY, TABLE, Answer, World
from tests.support.lambda_events import CUSTOMER, STAFF, LambdaContext, api_event

OTHER = {**CUSTOMER, "user_id": "usr_01JD7Z8Q0R9V4M2T6X8Y0A1B2X", "email": "other@example.com"}
POUND = {"amount": 100, "currency": "GBP"}


def listed(world: World, who: Mapping[str, str] = CUSTOMER, **query: str) -> Answer:
    return world.call("list_orders", "/orders", query=query or None, authorizer=who)


def history(world: World, order_id: str, who: Mapping[str, str] | None = CUSTOMER, **query: str) -> Answer:
    resource, path = "/orders/{order_id}/events", {"order_id": order_id}
    return world.call("list_order_events", resource, path=path, query=query or None, authorizer=who)


def test_a_repeated_request_is_answered_the_same_and_stored_once(world: World) -> None:
    first, again = world.place(key="once"), world.place(key="once")
    assert (again.status, again.body) == (first.status, first.body)
    assert len([item for item in world.items() if item["sk"]["S"] == "ORDER"]) == 1
    other = world.place({**BODY, "lines": [{"sku": "MUG", "quantity": 3}]}, key="once")
    assert (other.status, other.body["type"]) == (422, "/v1/docs/problems/idempotency-key-reused")


def test_the_same_key_of_another_caller_is_another_key(world: World) -> None:
    assert world.place(key="k").body["order_id"] != world.place(key="k", who=OTHER).body["order_id"]


def test_an_order_before_it_is_priced_has_no_sums(world: World) -> None:
    order = world.read(world.place().body["order_id"]).body
    assert (order["status"], order["total"], order["version"]) == ("PENDING", None, 1)
    assert order["lines"][0] == {
        "sku": "MUG",
        "quantity": 2,
        "name": None,
        "unit_price": None,
        "amount": None,
        "discount": None,
        "tax": None,
        "tax_included": None,
        "negotiated": False,
    }
    assert order["payment"] == {"status": "NONE", "payment_id": None}


def test_a_priced_order_shows_every_part_of_its_total(world: World) -> None:
    lines = [{"sku": "MUG", "quantity": 2}, {"sku": "LAMP", "quantity": 1}, {"sku": "CARD", "quantity": 1}]
    order_id = world.place({**BODY, "lines": lines}).body["order_id"]
    assert world.task("task_price_order", order_id=order_id)["demand"] == {"MUG": 2, "LAMP": 1}
    answer = world.read(order_id)
    order = answer.body
    assert answer.headers["ETag"] == '"2"'
    assert {name: order[name]["amount"] for name in ("subtotal", "discount", "shipping", "tax", "adjustment")} == {
        "subtotal": 2500 + 3333 + 500,
        "discount": 333,  # a tenth of 33.33, half to even
        "shipping": 995,
        "tax": 600,
        "adjustment": 0,
    }
    assert order["total"] == {"amount": 2500 + 3000 + 500 + 995 + 600, "currency": "GBP"}
    assert order["tax_included"]["amount"] == 417 + 83
    assert order["line_count"] == 3


def test_staff_sell_at_a_negotiated_price_for_a_customer_who_sees_it(world: World) -> None:
    body = {
        **BODY,
        "lines": [{"sku": "LAMP", "quantity": 10, "unit_price": {"amount": 999, "currency": "GBP"}}],
        "shipping_method": "collect",
        "shipping_address": None,
        "on_behalf_of": OTHER["user_id"],
        "adjustments": [{"code": "POST", "description": "Carriage", "amount": {"amount": 1800, "currency": "GBP"}}],
    }
    order_id = world.place(body, who=STAFF).body["order_id"]
    world.task("task_price_order", order_id=order_id)
    order = world.read(order_id, OTHER).body
    assert order["total"]["amount"] == 9990 + 1998 + 1800
    assert order["adjustments"][0]["amount"]["amount"] == 1800
    placed = history(world, order_id, STAFF).body["items"][0]
    assert placed["data"]["placed_by"] == STAFF["user_id"]
    assert world.read(order_id, CUSTOMER).status == 404


def test_somebody_elses_order_is_not_found_by_any_route(world: World) -> None:
    order_id = world.place({**BODY, "payment_method": None}).body["order_id"]
    assert world.read(order_id, STAFF).status == 200
    for answer in (
        world.read(order_id, OTHER),
        world.read(order_id, None),
        world.read("ord_01JD7Z8Q0R9V4M2T6X8Y0A1B2C"),
        world.read("no-id"),
        history(world, order_id, OTHER),
        world.pay(order_id, key="k", who=OTHER),
        world.pay(order_id, key="k", who=None),
    ):
        assert (answer.status, answer.body["type"]) == (404, "/v1/docs/problems/order-not-found")
    assert history(world, order_id, None).status == 401


def test_a_guest_reads_and_pays_by_the_links_of_the_202_and_nothing_else(world: World) -> None:
    placed = world.place({**BODY, "email": "guest@example.com", "payment_method": None}, who=None)
    order_id = placed.body["order_id"]
    link = urlsplit(placed.body["links"]["self"])
    token = parse_qs(link.query)["token"][0]
    assert link.path == f"/v1/orders/{order_id}"
    assert placed.headers["Location"] == placed.body["links"]["self"]
    order = world.read(order_id, None, token=token).body
    assert (order["customer_id"], order["email"]) == (None, "guest@example.com")
    assert world.read(order_id, None).status == 404
    assert world.read(order_id, None, token="A" * 32).status == 404
    other = world.place({**BODY, "email": "other@example.com"}, who=None).body["order_id"]
    assert world.read(other, None, token=token).status == 404
    assert world.pay(order_id, key="p", who=None, token=token).status == 202


def test_ones_own_orders_come_newest_first_and_page_two_follows_page_one(world: World) -> None:
    made = [world.place().body["order_id"] for _ in range(5)]
    world.place(who=OTHER)
    first = listed(world, limit="2").body
    second = listed(world, limit="2", cursor=first["next"]).body
    third = listed(world, limit="2", cursor=second["next"]).body
    pages = [[item["order_id"] for item in page["items"]] for page in (first, second, third)]
    assert sorted(map(len, pages)) == [1, 2, 2]
    assert sorted(chain.from_iterable(pages)) == sorted(made)
    times = [item["placed_at"] for page in (first, second, third) for item in page["items"]]
    assert times == sorted(times, reverse=True)
    assert third["next"] is None
    assert "lines" not in first["items"][0]


def test_staff_list_everybodys_orders_over_days_and_by_status_and_customer(world: World) -> None:
    made = []
    for days in (9, 2, 2, 0):
        with mock.patch("orders.bootstrap.utc_now", lambda days=days: datetime.now(UTC) - timedelta(days=days)):
            world._apps.clear()
            made.append(world.place(who=OTHER if days else CUSTOMER).body["order_id"])
    world.task("sweep_orders")  # notes the first day: yesterday, and so too late for what was made above
    client = aws.client("dynamodb")
    day = (datetime.now(UTC) - timedelta(days=10)).date().isoformat()
    client.put_item(TableName=TABLE, Item={"pk": {"S": "LISTS"}, "sk": {"S": "FIRST_DAY"}, "day": {"S": day}})
    first = listed(world, STAFF, limit="3").body
    second = listed(world, STAFF, limit="3", cursor=first["next"]).body
    newest, *_, oldest = (item["order_id"] for item in first["items"] + second["items"])
    assert (newest, oldest, len(first["items"])) == (made[3], made[0], 3)
    assert second["next"] is None
    world.task("task_cancel_order", order_id=made[1], reason="r", detail="d")
    found = listed(world, STAFF, status="CANCELLED").body["items"]
    assert [(item["order_id"], item["cancellation"]["reason"]) for item in found] == [(made[1], "r")]
    theirs = listed(world, STAFF, customer_id=OTHER["user_id"]).body["items"]
    assert {item["order_id"] for item in theirs} == set(made[:3])


def test_a_customer_lists_no_orders_of_others(world: World) -> None:
    world.place()
    assert listed(world, OTHER).body["items"] == []
    assert listed(world, OTHER, customer_id=CUSTOMER["user_id"]).status == 403
    assert len(listed(world, customer_id=CUSTOMER["user_id"]).body["items"]) == 1


def test_a_cursor_is_good_for_its_own_list_only(world: World) -> None:
    for _ in range(3):
        world.place()
    cursor = listed(world, limit="1").body["next"]
    for answer in (
        listed(world, limit="1", cursor=cursor[:-2] + "xx"),
        listed(world, OTHER, limit="1", cursor=cursor),
        listed(world, limit="1", cursor=cursor, status="PENDING"),
        listed(world, STAFF, limit="1", cursor=cursor),
        listed(world, limit="1", cursor="%00"),
    ):
        assert answer.status == 400


def test_the_history_is_paged_in_its_order(world: World) -> None:
    order_id = world.place().body["order_id"]
    world.task("task_price_order", order_id=order_id)
    world.task("task_cancel_order", order_id=order_id, reason="out_of_stock", detail="no")
    first = history(world, order_id, limit="2").body
    second = history(world, order_id, limit="2", cursor=first["next"]).body
    assert [event["name"] for event in first["items"] + second["items"]] == [
        "OrderPlaced",
        "OrderPriced",
        "OrderCancelled",
    ]
    assert [event["sequence"] for event in first["items"] + second["items"]] == [1, 2, 3]
    assert second["next"] is None
    assert second["items"][0]["data"]["reason"] == "out_of_stock"


def test_paying_later_by_the_route(world: World) -> None:
    placed = world.place({**BODY, "payment_method": None}).body
    assert placed["links"]["pay"] == f"/v1/orders/{placed['order_id']}/pay"
    woken: list[Any] = []
    with mock.patch.object(aws.client("stepfunctions"), "send_task_success", lambda **call: woken.append(call)):
        world.task("task_await_payment", order_id=placed["order_id"], task_token="t1")
        paid = world.pay(placed["order_id"], key="p")
        assert (paid.status, world.pay(placed["order_id"], key="p").body) == (202, paid.body)
    assert woken[0] == {"taskToken": "t1", "output": '{"payment_method": "pm_card_visa"}'}
    assert world.pay(placed["order_id"], key="other").status == 409
    assert world.pay(placed["order_id"], "pm_gold", key="third").status == 422


@pytest.mark.parametrize("base", ["/v1", ""])
def test_links_bear_the_stage_where_the_client_used_it(world: World, base: str) -> None:
    headers = {"Idempotency-Key": f"stage{base}", "Content-Type": "application/json"}
    event = api_event("/orders", "POST", body=BODY, headers=headers, authorizer=CUSTOMER)
    event["requestContext"]["path"] = f"{base}/orders"
    answer = world.app("place_order")(event, LambdaContext())
    assert answer["headers"]["Location"].startswith(f"{base}/orders/ord_")
