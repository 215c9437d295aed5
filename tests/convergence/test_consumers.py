"""Every consumer ends in the same state, in whatever order, how often and in whatever batches it is told of events."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel import aws
from tests.convergence.happened import Happened, Table, consumers
from tests.infra import project

pytestmark = pytest.mark.saga

OF_THE_CLOCK = {"recorded_at", "sent_at", "provider_id", "expires_at_epoch", "updated_at", "placed_key"}
"""When something was done or is looked at again, and the mail service's own name for it: what differs although nothing
does."""


def plain(table: Table) -> list[dict[str, Any]]:
    """The items without what is of the clock."""
    return [{name: value for name, value in item.items() if name not in OF_THE_CLOCK} for item in table]


def notified(table: Table) -> list[dict[str, Any]]:
    """A message that a cancellation overtook is not sent, and so SUPERSEDED instead of SENT: by design (0064)."""
    overtaken = {item["pk"]["S"]: int(item["sequence"]["N"]) for item in table if item["sk"]["S"] == "CANCELLATION"}
    items = plain(table)
    for item in items:
        sequence = int(item.get("sequence", {"N": "0"})["N"])
        if item["sk"]["S"].startswith("NOTIFICATION#") and sequence < overtaken.get(item["pk"]["S"], 0):
            assert item.pop("status")["S"] in ("SENT", "SUPERSEDED")
    return items


def anonymised(table: Table) -> list[dict[str, Any]]:
    """Orders' own events of the erasure have an id, a time and a trace of their own, and the order says when it was."""
    items = plain(table)
    for item in items:
        if item["sk"]["S"].startswith("EVENT#"):
            item.update(dict.fromkeys(("id", "time", "traceparent"), "its own"))
        if "summary" in item:
            item["summary"] = {**json.loads(item["summary"]["S"]), "updated_at": "its own"}
    return items


CASES: dict[str, Callable[[Table], Any]] = {
    "audit-on-domain-event": plain,
    "identity-on-user-deleted": plain,
    "notifications-on-order-update": notified,
    "notifications-on-user-deleted": plain,
    "orders-on-user-deleted": anonymised,
}
"""Consumer to what its state is."""

FED_BY_STREAMS = {
    "identity-send-mail": "sends mail and keeps no state: tests/unit/identity/test_by_mail.py",
}
"""What a table's stream feeds besides relays, which keep nothing, and where its repetitions are tested."""


def test_every_consumer_has_a_case() -> None:
    assert CASES.keys() == consumers().keys()


def test_everything_behind_a_stream_is_a_relay_or_has_its_tests_elsewhere() -> None:
    others = {
        function.name
        for _, function in project.functions()
        if any(source["Type"] == "DynamoDB" for source in (function.properties.get("Events") or {}).values())
        and project.function_kind(function.folder) != "Relay"
    }
    assert others == FED_BY_STREAMS.keys()


@pytest.mark.parametrize("function", CASES)
def test_order_repetition_and_delay_change_nothing(story: Happened, function: str) -> None:
    events = story.for_consumer(function)
    assert len(events) >= 2
    expected = CASES[function](story.told(function, events))
    assert expected != CASES[function](story.told(function, [])), "the events change something"

    @given(st.permutations(events), st.lists(st.sampled_from(events), max_size=8), st.integers(1, 10))
    @settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
    def tell(permuted: list[Any], repeated: list[Any], batch: int) -> None:
        assert CASES[function](story.told(function, [*permuted, *repeated], batch)) == expected
        assert CASES[function](story.told(function, [*repeated, *permuted], batch)) == expected

    tell()


@pytest.mark.parametrize("function", ["audit-on-domain-event", "notifications-on-order-update"])
def test_a_projection_that_was_dropped_is_made_again_from_the_archive(story: Happened, function: str) -> None:
    """EventBridge replays the archive in roughly the order of time, to consumers that have nothing."""
    events = story.for_consumer(function)
    first = plain(story.told(function, events))
    assert plain(story.told(function, events)) == first


def test_orders_are_made_again_from_their_events_item_by_item(story: Happened) -> None:
    client, table = aws.client("dynamodb"), "agora-orders"
    story.told("orders-on-user-deleted", [])
    rows = [item for page in client.get_paginator("scan").paginate(TableName=table) for item in page["Items"]]
    orders = {item["pk"]["S"]: item for item in rows if item["sk"]["S"] == "ORDER"}
    assert len(orders) >= 6
    for item in orders.values():
        client.delete_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})
    story.shop.bridge.handlers["orders-task-rebuild-projection"] = story.shop.stack.handler(
        "orders-task-rebuild-projection"
    )
    story.shop.task("orders-task-rebuild-projection", {"order_ids": list(orders)})
    for item in orders.values():
        again = client.get_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})["Item"]
        assert again == item
