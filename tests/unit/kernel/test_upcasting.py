"""Events of older versions are read as the present one."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from kernel.consumer import Consumer
from kernel.events import Event
from kernel.upcasting import UnknownEventVersion, Upcasters
from tests.support.saga_events import on_the_bus

SHOP = "agora.test"


def placed(version: int, data: dict[str, Any]) -> Event:
    return Event(SHOP, "Placed", "a", 1, datetime(2026, 11, 21, tzinfo=UTC), data, version=version)


def split_name(data: Any) -> Any:
    first, _, last = data["name"].partition(" ")
    return {"first": first, "last": last}


STEPS = Upcasters(
    {
        (SHOP, "Placed", 1): split_name,
        (SHOP, "Placed", 2): lambda data: {**data, "country": "GB"},
    }
)
NOW = {"first": "Ada", "last": "King", "country": "GB"}


@pytest.mark.parametrize(
    ("version", "data"),
    [(1, {"name": "Ada King"}), (2, {"first": "Ada", "last": "King"}), (3, NOW)],
)
def test_every_version_is_read_as_the_last(version: int, data: dict[str, Any]) -> None:
    event = placed(version, data)
    current = STEPS.current(event)
    assert (current.version, dict(current.data), current.id) == (3, NOW, event.id)
    assert event.data == data, "what was given stays as it is"


def test_an_event_without_steps_is_of_version_1() -> None:
    event = placed(1, NOW)
    assert Upcasters().current(event) is event
    for steps, version in ((Upcasters(), 2), (STEPS, 4)):
        with pytest.raises(UnknownEventVersion):
            steps.current(placed(version, NOW))


def record(event: Event) -> dict[str, Any]:
    return {"messageId": f"m{event.version}", "body": json.dumps(on_the_bus(event))}


def test_a_consumer_is_given_the_last_version_and_leaves_a_newer_one_in_its_queue() -> None:
    seen: list[Event] = []
    events = [placed(1, {"name": "Ada King"}), placed(3, NOW), placed(4, NOW)]
    answer = Consumer(seen.append, STEPS)({"Records": [record(event) for event in events]}, None)
    assert [(event.version, dict(event.data)) for event in seen] == [(3, NOW), (3, NOW)]
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m4"}]}


def test_a_consumer_that_keeps_events_as_they_are_takes_every_version() -> None:
    seen: list[Event] = []
    Consumer(seen.append)({"Records": [record(placed(7, NOW))]}, None)
    assert [event.version for event in seen] == [7]
