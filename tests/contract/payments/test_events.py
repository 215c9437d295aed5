"""The events of payments, against their schemas and examples."""

import json
from typing import Any

import pytest

from tests.contract.payments.examples import DIRECTORY, emitted, validator

pytestmark = pytest.mark.contract
NAMES = ["payment_authorised", "payment_captured", "payment_declined", "payment_refunded", "payment_voided"]


def example(name: str) -> Any:
    return json.loads((DIRECTORY / f"{name}.v1.example.json").read_text())


def test_every_event_has_a_schema_and_every_schema_an_event() -> None:
    schemas = {path.name.partition(".")[0] for path in DIRECTORY.glob("*.v1.json")}
    assert schemas == set(emitted()) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_emitted_is_what_the_schema_says_and_the_example_shows(name: str) -> None:
    detail = emitted()[name]
    validator(name).validate(detail)
    assert example(name) == detail


@pytest.mark.parametrize("name", NAMES)
def test_nothing_else_may_be_in_it(name: str) -> None:
    detail = example(name)
    detail["data"]["card_number"] = "4242424242424242"
    assert not validator(name).is_valid(detail)


@pytest.mark.parametrize("name", NAMES)
def test_nothing_may_be_missing(name: str) -> None:
    for field in example(name)["data"]:
        detail = example(name)
        del detail["data"][field]
        assert not validator(name).is_valid(detail), field


@pytest.mark.parametrize("amount", [12.5, "1250", -1, None])
def test_amounts_are_minor_units(amount: object) -> None:
    detail = example("payment_captured")
    detail["data"]["amount"]["amount"] = amount
    assert not validator("payment_captured").is_valid(detail)
