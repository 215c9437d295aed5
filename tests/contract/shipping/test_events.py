"""The events of shipping and its published rate table, against their schemas and examples."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from infra import templates
from shipping.rates import RateTable
from tests.contract.shipping.examples import DIRECTORY, RATES, emitted
from tests.support.functions import ROOT

pytestmark = pytest.mark.contract
NAMES = ["shipment_cancelled", "shipment_created"]
STANDARD_PARAMETER_BYTES = 4096


def validator(name: str) -> Draft202012Validator:
    schema = read(DIRECTORY / f"{name}.v1.json")
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def read(path: Path) -> Any:
    return json.loads(path.read_text())


def published() -> str:
    """The value of the parameter that the template makes."""
    value = templates.load(ROOT / "infra" / "shipping.yaml")["Resources"]["Rates"]["Properties"]["Value"]
    return str(value)


def test_every_event_has_a_schema_and_every_schema_an_event() -> None:
    schemas = {path.name.partition(".")[0] for path in DIRECTORY.glob("*.v1.json")}
    assert schemas - {"rates"} == set(emitted()) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_emitted_is_what_the_schema_says_and_the_example_shows(name: str) -> None:
    detail = emitted()[name]
    validator(name).validate(detail)
    assert read(DIRECTORY / f"{name}.v1.example.json") == detail


@pytest.mark.parametrize("name", NAMES)
def test_nothing_may_be_missing_and_nothing_else_in_it(name: str) -> None:
    example = read(DIRECTORY / f"{name}.v1.example.json")
    for field in example["data"]:
        without = {key: value for key, value in example["data"].items() if key != field}
        assert not validator(name).is_valid({**example, "data": without}), field
    assert not validator(name).is_valid({**example, "data": {**example["data"], "address": "1 High Street"}})


def test_the_published_rates_are_the_source_s() -> None:
    assert json.loads(published()) == read(RATES) == read(DIRECTORY / "rates.v1.example.json")
    validator("rates").validate(json.loads(published()))


def test_the_published_rates_fit_a_standard_parameter() -> None:
    assert len(published().encode()) <= STANDARD_PARAMETER_BYTES


def test_every_method_has_a_price_for_every_country_or_is_free() -> None:
    table = RateTable.from_dict(json.loads(published()))
    assert set(table.methods) == {"standard", "express", "collect"}
    for method in table.methods:
        for country in ("GB", "FR", "US", "AQ", "XX"):
            assert table.price(method, country, 10**6).amount >= 0


@pytest.mark.parametrize(
    "broken",
    [
        {"currency": "pounds"},
        {"methods": {}},
        {"methods": {"standard": {"zones": {}}}},
        {"methods": {"standard": {"zones": {"*": []}}}},
        {"methods": {"standard": {"zones": {"*": [{"amount": 3.95}]}}}},
        {"zones": {"EU": ["France"]}},
        {"valid_from": "2026-01-01"},
    ],
)
def test_the_schema_refuses_what_a_reader_could_not_use(broken: dict[str, Any]) -> None:
    assert not validator("rates").is_valid({**read(RATES), **broken})
