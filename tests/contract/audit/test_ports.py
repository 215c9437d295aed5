"""What the trail promises, held by the fake and by DynamoDB."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from audit import dynamo
from audit.fakes import MemoryTrail
from audit.model import Entry
from audit.ports import Trail
from tests.support.aws import create_table, mocked_aws
from tests.unit.audit.support import HISTORY, ORDER, event

pytestmark = pytest.mark.contract
ENTRIES = [Entry.of(each) for each in HISTORY if each.aggregate_id == ORDER]


@pytest.fixture(params=["memory", "dynamo"])
def trail(request: pytest.FixtureRequest) -> Iterator[Trail]:
    if request.param == "memory":
        yield MemoryTrail()
        return
    with mocked_aws():
        create_table("agora-audit")
        dynamo.bind("agora-audit")
        yield dynamo.DynamoTrail()


def test_entries_are_read_as_they_were_written_by_sequence(trail: Trail) -> None:
    for entry in reversed(ENTRIES):
        trail.append(entry)
    assert trail.of(ORDER) == ENTRIES


def test_an_aggregate_without_entries_has_an_empty_trail(trail: Trail) -> None:
    trail.append(ENTRIES[0])
    assert trail.of("ord_OTHER") == []


def test_what_is_written_stays_as_it_was_written(trail: Trail) -> None:
    trail.append(ENTRIES[0])
    trail.append(ENTRIES[0])
    trail.append(replace(ENTRIES[0], data={"tampered": True}))
    assert trail.of(ORDER) == [ENTRIES[0]]


def test_entries_appended_at_once_are_all_there(trail: Trail) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(trail.append, ENTRIES * 4))
    assert trail.of(ORDER) == ENTRIES


def test_sequences_sort_as_numbers(trail: Trail) -> None:
    entries = [Entry.of(event("OrderNoted", sequence)) for sequence in (2, 10, 100)]
    for entry in (entries[2], entries[0], entries[1]):
        trail.append(entry)
    assert trail.of(ORDER) == entries
