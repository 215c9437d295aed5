"""The events that identity publishes, against their schemas and examples."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from identity import events
from tests.support.functions import ROOT
from tests.unit.identity.support import Identity

pytestmark = pytest.mark.contract
DIRECTORY = ROOT / "events" / "identity"


def validator(name: str) -> Draft202012Validator:
    schema = json.loads((DIRECTORY / f"{name}.v1.json").read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def emitted() -> dict[str, Any]:
    """What a registration really emits."""
    return events.user_registered(Identity().user()).to_detail()


def test_a_registrations_event_is_what_its_schema_says() -> None:
    validator("user_registered").validate(emitted())


def test_the_example_is_what_the_schema_says_and_the_producer_makes() -> None:
    example = json.loads((DIRECTORY / "user_registered.v1.example.json").read_text())
    validator("user_registered").validate(example)
    made = emitted()
    assert example.keys() == made.keys()
    assert example["data"].keys() == made["data"].keys()


def test_an_event_with_personal_data_is_none_of_ours() -> None:
    leaking = emitted()
    leaking["data"] = {**leaking["data"], "email": "ada@example.com"}
    assert not validator("user_registered").is_valid(leaking)
