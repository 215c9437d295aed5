"""The events that the catalogue publishes, as its use cases emit them, against their schemas and examples."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from kernel.correlation import Correlation
from tests.contract.catalogue.test_ports import EVERYTHING
from tests.support.functions import ROOT
from tests.unit.catalogue.shelf import TEAPOT, Shelf

pytestmark = pytest.mark.contract
DIRECTORY = ROOT / "events" / "catalogue"
FILES = {"ProductCreated": "product_created", "ProductUpdated": "product_updated", "ProductDeleted": "product_deleted"}


def validator(name: str) -> Draft202012Validator:
    schema = json.loads((DIRECTORY / f"{name}.v1.json").read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def example(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((DIRECTORY / f"{name}.v1.example.json").read_text())
    return loaded


def test_what_is_emitted_is_what_schemas_and_examples_say() -> None:
    shelf = Shelf()
    shelf.catalogue.create("BANK CHARGES", TEAPOT, None)
    shelf.catalogue.replace("BANK CHARGES", EVERYTHING, '"1"')
    shelf.catalogue.delete("BANK CHARGES", '"2"')
    assert [event.name for event in shelf.store.events] == list(FILES)
    for event in shelf.store.events:
        assert event.source == "agora.catalogue"
        made = event.caused_by(Correlation("request-1", "")).to_detail()
        file = FILES[event.name]
        validator(file).validate(made)
        validator(file).validate(example(file))
        assert example(file).keys() == made.keys()
        assert example(file)["data"].keys() == made["data"].keys()


@pytest.mark.parametrize("file", FILES.values())
def test_an_event_with_a_field_more_or_less_is_none_of_ours(file: str) -> None:
    more, less = example(file), example(file)
    more["data"]["supplier"] = "x"
    del less["data"]["sku"]
    assert not validator(file).is_valid(more)
    assert not validator(file).is_valid(less)
