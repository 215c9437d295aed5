"""The outbox: events as items, and the relay from a table's stream to the bus."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from pynamodb.models import Model

from kernel import aws, correlation, dynamo, outbox, telemetry
from kernel.correlation import Correlation
from kernel.errors import ConflictingWrite, TransientError
from kernel.events import Event
from kernel.outbox import EventItem, Relay
from tests.support.aws import create_table, mocked_aws
from tests.support.lambda_events import LambdaContext


class StoredEvent(EventItem):
    """An outbox item of the test's table."""

    class Meta:
        table_name = "unbound"


def _event(sequence: int = 1, data: dict[str, Any] | None = None, *, published: bool = True) -> Event:
    return Event(
        source="agora.orders",
        name="OrderPlaced",
        aggregate_id="ord_1",
        sequence=sequence,
        time=datetime(2026, 11, 21, 9, 30, tzinfo=UTC),
        data=data if data is not None else {"total": {"amount": 1250, "currency": "GBP"}},
        id=f"evt_{sequence}",
        published=published,
    )


def _record(event: Event, name: str = "INSERT") -> dict[str, Any]:
    """The stream record of the event's item; binary values are base64 text in it."""
    image = StoredEvent(**outbox.fields(event, event.aggregate_id)).to_dynamodb_dict()
    keys = {key: image[key] for key in ("pk", "sk")}
    change = {"Keys": keys, "NewImage": image, "SequenceNumber": f"s{event.sequence}"}
    return {"eventName": name, "eventSource": "aws:dynamodb", "dynamodb": change}


class Bus:
    """PutEvents, with the refusals that the test asks for: ids of entries, or a whole call."""

    def __init__(self) -> None:
        self.calls: list[list[dict[str, Any]]] = []
        self.refused: set[str] = set()
        self.fault: Exception | None = None

    def put_events(self, *, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - botocore's name
        self.calls.append(Entries)
        if self.fault:
            raise self.fault
        results = [
            {"ErrorCode": "ThrottlingException"}
            if json.loads(entry["Detail"])["id"] in self.refused
            else {"EventId": "x"}
            for entry in Entries
        ]
        return {"FailedEntryCount": sum("ErrorCode" in result for result in results), "Entries": results}

    @property
    def ids(self) -> list[str]:
        return [json.loads(entry["Detail"])["id"] for call in self.calls for entry in call]


CAUSE = Correlation("r1", "t1", "e0")


@pytest.fixture(autouse=True)
def _cause() -> None:
    correlation.bind(CAUSE)


@pytest.fixture
def bus(monkeypatch: pytest.MonkeyPatch) -> Bus:
    made = Bus()
    monkeypatch.setattr(aws, "client", lambda service: made)
    return made


def _relay(*records: dict[str, Any]) -> list[str]:
    answer = Relay("agora-events")({"Records": list(records)}, LambdaContext())
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def test_event_goes_on_the_bus_as_its_consumers_read_it(bus: Bus) -> None:
    event = _event()
    assert _relay(_record(event)) == []
    ((entry,),) = bus.calls
    assert (entry["Source"], entry["DetailType"]) == ("agora.orders", "OrderPlaced")
    assert entry["EventBusName"] == "agora-events"
    message = {"source": entry["Source"], "detail-type": entry["DetailType"], "detail": json.loads(entry["Detail"])}
    assert Event.from_bus(message) == event.caused_by(CAUSE)


def test_what_is_no_new_published_event_stays_off_the_bus(bus: Bus) -> None:
    row = {"eventName": "INSERT", "dynamodb": {"NewImage": {"pk": {"S": "ord_1"}, "sk": {"S": "ORDER"}}}}
    removed = {"eventName": "REMOVE", "dynamodb": {"SequenceNumber": "s9"}}
    assert _relay(row, removed, _record(_event(1), "MODIFY"), _record(_event(2, published=False))) == []
    assert bus.calls == []


def test_batches_hold_ten_events_in_their_order(bus: Bus) -> None:
    assert _relay(*[_record(_event(number)) for number in range(1, 26)]) == []
    assert [len(call) for call in bus.calls] == [10, 10, 5]
    assert bus.ids == [f"evt_{number}" for number in range(1, 26)]


def test_batches_stay_below_the_size_that_the_bus_takes(bus: Bus) -> None:
    big = {"text": "x" * 100_000}
    assert _relay(*[_record(_event(number, big)) for number in range(1, 6)]) == []
    assert [len(call) for call in bus.calls] == [2, 2, 1]
    for call in bus.calls:
        assert sum(len(entry["Detail"].encode()) for entry in call) < 256 * 1024


def test_refused_entry_is_reported_and_nothing_after_its_batch_is_sent(bus: Bus) -> None:
    bus.refused = {"evt_4", "evt_7"}
    assert _relay(*[_record(_event(number)) for number in range(1, 26)]) == ["s4"]
    assert len(bus.calls) == 1


def test_refused_entry_of_a_later_batch_is_the_one_reported(bus: Bus) -> None:
    bus.refused = {"evt_12"}
    assert _relay(*[_record(_event(number)) for number in range(1, 26)]) == ["s12"]
    assert len(bus.calls) == 2


@pytest.mark.parametrize(
    "fault",
    [
        ClientError({"Error": {"Code": "InternalException", "Message": "x"}}, "PutEvents"),
        EndpointConnectionError(endpoint_url="https://events"),
    ],
)
def test_unreachable_bus_repeats_from_the_first_event(bus: Bus, fault: Exception) -> None:
    bus.fault = fault
    assert _relay(_record(_event(1)), _record(_event(2))) == ["s1"]


def test_repeated_batch_sends_the_same_ids_again(bus: Bus) -> None:
    records = [_record(_event(1)), _record(_event(2))]
    _relay(*records)
    _relay(*records)
    assert bus.ids == ["evt_1", "evt_2", "evt_1", "evt_2"]


def test_event_too_large_for_the_bus_is_an_error_not_a_loss(bus: Bus) -> None:
    with pytest.raises(TransientError, match="does not fit"):
        _relay(_record(_event(1, {"text": "x" * 250_000})))


def test_fields_carry_the_correlation_of_the_invocation() -> None:
    stored = outbox.fields(_event(), "ord_1")
    assert (stored["correlation_id"], stored["causation_id"], stored["traceparent"]) == ("r1", "e0", "t1")
    assert stored["sk"] == "EVENT#000000000001"


@pytest.fixture
def table() -> Iterator[None]:
    with mocked_aws():
        create_table("events")
        dynamo.bind("events", StoredEvent)
        yield


def test_event_of_a_thousand_lines_is_stored_and_read_back(table: None) -> None:
    lines = [{"sku": f"SKU-{number:05}", "quantity": number, "amount": number * 125} for number in range(1000)]
    event = _event(1, {"lines": lines})
    StoredEvent(**outbox.fields(event, "ord_1")).save()
    item: Model = StoredEvent.get("ord_1", outbox.sort_key(1))
    assert isinstance(item, StoredEvent)
    assert item.to_event().data == event.data
    assert len(item.data) < 40_000


def test_sequence_number_is_taken_once(table: None) -> None:
    write = dynamo.Transaction()
    write.put(StoredEvent(**outbox.fields(_event(), "ord_1")), StoredEvent.pk.does_not_exist(), label="event")
    write.commit()
    again = dynamo.Transaction()
    again.put(StoredEvent(**outbox.fields(_event(), "ord_1")), StoredEvent.pk.does_not_exist(), label="event")
    with pytest.raises(ConflictingWrite, match="event"):
        again.commit()


def test_each_event_of_a_batch_is_logged_under_its_own_correlation(bus: Bus, caplog: pytest.LogCaptureFixture) -> None:
    records = []
    for number in (1, 2):
        correlation.bind(Correlation(f"request-{number}", f"trace-{number}"))
        records.append(_record(_event(number)))
    _relay(*records)
    lines = [json.loads(telemetry.logger().registered_handler.format(record)) for record in caplog.records]
    found = [(line["correlation_id"], line["traceparent"], line["event_id"]) for line in lines if "event_id" in line]
    assert found == [("request-1", "trace-1", "evt_1"), ("request-2", "trace-2", "evt_2")]


def test_refused_event_is_not_logged_as_published(bus: Bus, caplog: pytest.LogCaptureFixture) -> None:
    bus.refused = {"evt_2"}
    with caplog.at_level("INFO"):
        _relay(*(_record(_event(number)) for number in (1, 2, 3)))
    told = [(record.message, vars(record)["event_id"]) for record in caplog.records if hasattr(record, "event_id")]
    assert told == [
        ("event published", "evt_1"),
        ("the bus refused an event", "evt_2"),
        ("event published", "evt_3"),
    ]


def test_event_from_before_events_had_a_trace_is_published_without_one(bus: Bus) -> None:
    correlation.bind(Correlation("r1", ""))
    record = _record(_event())
    assert "traceparent" not in record["dynamodb"]["NewImage"]
    _relay(record)
    assert "traceparent" not in json.loads(bus.calls[0][0]["Detail"])
