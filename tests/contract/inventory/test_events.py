"""The events that inventory publishes, as its use cases emit them, against their schemas and examples."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from kernel.correlation import Correlation
from tests.support.functions import ROOT
from tests.unit.inventory.shop import ORDER, Shop

pytestmark = pytest.mark.contract
DIRECTORY = ROOT / "events" / "inventory"
CAUSE = Correlation("11111111-1111-4111-8111-111111111111", "")


def validator(name: str) -> Draft202012Validator:
    schema = json.loads((DIRECTORY / f"{name}.v1.json").read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def of_a_sale(skus: int) -> Shop:
    shop = Shop(stock={f"SKU-{index}": 5 for index in range(skus)})
    shop.holds.reserve(ORDER, {f"SKU-{index}": 2 for index in range(skus)})
    shop.holds.commit(ORDER)
    shop.holds.release(ORDER)
    return shop


def of_an_adjustment(_: int) -> Shop:
    shop = Shop(stock={"BANK CHARGES": 5})
    shop.adjust("BANK CHARGES", -2)
    return shop


def emitted(shop: Shop, name: str) -> dict[str, Any]:
    [event] = [event for event in shop.store.events if event.name == name][-1:]
    assert event.source == "agora.inventory"
    return event.caused_by(CAUSE).to_detail()


@pytest.mark.parametrize(
    ("file", "name", "story"),
    [
        ("stock_committed", "StockCommitted", of_a_sale),
        ("stock_released", "StockReleased", of_a_sale),
        ("stock_adjusted", "StockAdjusted", of_an_adjustment),
    ],
)
@pytest.mark.parametrize("skus", [1, 2, 250])
def test_what_is_emitted_is_what_schema_and_example_say(
    file: str, name: str, story: Callable[[int], Shop], skus: int
) -> None:
    made = emitted(story(skus), name)
    validator(file).validate(made)
    example = json.loads((DIRECTORY / f"{file}.v1.example.json").read_text())
    validator(file).validate(example)
    assert example.keys() == made.keys()
    assert example["data"].keys() == made["data"].keys()


@pytest.mark.parametrize("file", ["stock_committed", "stock_released", "stock_adjusted"])
def test_an_event_with_a_field_more_is_none_of_ours(file: str) -> None:
    example = json.loads((DIRECTORY / f"{file}.v1.example.json").read_text())
    example["data"]["customer"] = "usr_1"
    assert not validator(file).is_valid(example)


def test_a_sale_has_each_event_once_and_in_order() -> None:
    names = [(event.name, event.sequence) for event in of_a_sale(250).store.events if event.aggregate_id == ORDER]
    assert names == [("StockCommitted", 1), ("StockReleased", 2)]


def test_a_hold_that_was_never_bought_says_nothing() -> None:
    shop = Shop(stock={"A1": 5})
    shop.holds.reserve(ORDER, {"A1": 2})
    shop.holds.release(ORDER)
    assert [event.name for event in shop.store.events] == ["StockAdjusted"]
