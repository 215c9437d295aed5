"""The events that tell of accounts that change, against their schemas and examples."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from identity import people, user_events
from identity.model import CUSTOMER, STAFF, Status, User
from kernel.events import Event
from tests.support.functions import ROOT
from tests.unit.identity.support import Clock

pytestmark = pytest.mark.contract
FOLDER = ROOT / "events" / "identity"
EXAMPLES = {
    "UserRolesChanged": "user_roles_changed",
    "UserStatusChanged": "user_status_changed",
    "UserDeleted": "user_deleted",
}


def example(name: str) -> Any:
    path: Path = FOLDER / f"{EXAMPLES[name]}.v1.example.json"
    return json.loads(path.read_text(encoding="utf-8"))


def produced(name: str) -> Event:
    """What the producer tells of the account of the example."""
    ids = example("UserDeleted")
    user = replace(User.register("ada@example.com", "h", "Ada", Clock()()), user_id=ids["aggregate_id"])
    by = example("UserRolesChanged")["data"]["changed_by"]
    events = {
        "UserRolesChanged": user_events.roles_changed(
            user, people.with_roles(user, [CUSTOMER, STAFF], user.created_at), by, 2
        ),
        "UserStatusChanged": user_events.status_changed(
            user, user.with_status(Status.SUSPENDED, user.created_at), by, 3
        ),
        "UserDeleted": user_events.deleted(people.tombstone(user, user.created_at), 4),
    }
    return events[name]


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_example_is_what_the_producer_makes_and_the_schema_says(name: str) -> None:
    event, expected = produced(name), example(name)
    cause = {each: expected[each] for each in ("id", "correlation_id", "causation_id")}
    told = {**event.to_detail(), **cause, "time": expected["time"]}
    assert {name: told[name] for name in expected} == expected
    schema = json.loads((FOLDER / f"{EXAMPLES[name]}.v1.json").read_text(encoding="utf-8"))
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    validator.validate(expected)
    assert not validator.is_valid({**expected, "data": {**expected["data"], "email": "ada@example.com"}})


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_event_says_who_the_person_is(name: str) -> None:
    text = json.dumps(produced(name).to_detail())
    assert "ada@example.com" not in text
    assert "Ada" not in text  # an id is in capitals
