"""What the use cases rely on, of the fake and of PynamoDB alike."""

from collections.abc import Iterator
from itertools import pairwise

import pytest

from catalogue import events
from catalogue.dynamo import DynamoProducts, OutboxItem
from catalogue.errors import KeyUsed, Lost
from catalogue.importing import Entry
from catalogue.model import Category, Details, Product, first_version
from catalogue.ports import MAX_CHANGES, Change
from kernel.errors import IdempotencyKeyReused
from kernel.idempotency import Answer, IdempotencyKey
from kernel.money import Money
from tests.support.calls import counted_calls
from tests.unit.catalogue.shelf import START, TEAPOT, Shelf, details

pytestmark = pytest.mark.contract

EVERYTHING = Details(
    name="Théière 茶 " + "x" * 180,
    category=Category.of("Café & Bar"),
    price=Money(10**12, "JPY"),
    description="€" * 2000,
    tax_rate="0.055",
    tax_included=False,
    discount_rate="1",
    weight_grams=10**7,
    stocked=False,
)


def created(sku: str, its: Details = TEAPOT) -> Change:
    product = first_version(sku, its, START)
    return Change(product, events.product_created(product))


def updated(product: Product) -> Change:
    return Change(product, events.product_updated(product))


def key(fingerprint: str = "same") -> IdempotencyKey:
    return IdempotencyKey("usr_1\nPOST /products", "k", fingerprint)


@pytest.mark.parametrize("its", [TEAPOT, EVERYTHING])
def test_what_is_written_is_read(shelf: Shelf, its: Details) -> None:
    assert shelf.products.get("BANK CHARGES") is None
    shelf.products.write([created("BANK CHARGES", its)])
    expected = first_version("BANK CHARGES", its, START)
    assert shelf.products.get("BANK CHARGES") == expected
    assert shelf.products.many(["BANK CHARGES", "NONE"]) == {"BANK CHARGES": expected}


def test_a_write_of_a_version_that_is_not_the_next_is_lost_with_all_beside_it(shelf: Shelf) -> None:
    shelf.products.write([created("A1"), created("A2")])
    third = first_version("A2", TEAPOT, START).replaced(details(name="2"), START).replaced(TEAPOT, START)
    for stale in (created("A1"), updated(third)):
        with pytest.raises(Lost) as caught:
            shelf.products.write([created("B1"), stale])
        assert caught.value.skus == {stale.product.sku}
    assert shelf.products.get("B1") is None


def test_as_many_changes_as_are_promised_fit_a_write(shelf: Shelf) -> None:
    shelf.products.write([created(f"S{index}", EVERYTHING) for index in range(MAX_CHANGES)])
    assert len(shelf.products.many([f"S{index}" for index in range(MAX_CHANGES)])) == MAX_CHANGES


def test_an_answer_is_stored_with_its_product_and_its_key_is_used_once(shelf: Shelf) -> None:
    assert shelf.products.answer(key()) is None
    shelf.products.write([created("A1")], key(), Answer(201, {"sku": "A1"}))
    assert shelf.products.answer(key()) == Answer(201, {"sku": "A1"})
    with pytest.raises(KeyUsed):
        shelf.products.write([created("A1")], key(), Answer(201, {"sku": "A1"}))
    with pytest.raises(IdempotencyKeyReused):
        shelf.products.answer(key("another"))


def test_a_write_that_is_lost_stores_no_answer(shelf: Shelf) -> None:
    shelf.products.write([created("A1")])
    with pytest.raises(Lost):
        shelf.products.write([created("A1")], key(), Answer(201, {}))
    assert shelf.products.answer(key()) is None


def stocked_shelf(shelf: Shelf) -> dict[str, set[str]]:
    """23 products in three categories, and one that was deleted from each; what is listed, by category."""
    listed: dict[str, set[str]] = {"gifts": set(), "kitchen": set(), "toys": set()}
    for index in range(23):
        category = sorted(listed)[index % 3]
        listed[category].add(f"S{index:02d}")
    changes = [(sku, details(category=Category.of(name))) for name, skus in listed.items() for sku in skus]
    shelf.importer.run([Entry(sku, its) for sku, its in changes])
    for name in listed:
        shelf.catalogue.create(f"GONE {name}", details(category=Category.of(name)), None)
        shelf.catalogue.delete(f"GONE {name}", "*")
    return listed


def pages(shelf: Shelf, category: str | None, limit: int) -> Iterator[list[Product]]:
    position = None
    while True:
        page = shelf.catalogue.page(category, limit, position)
        yield page.items
        if page.position is None:
            return
        position = page.position


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8, 23, 24, 200])
@pytest.mark.parametrize("category", [None, "gifts", "toys", "none"])
def test_pages_hold_every_product_once_and_only_the_last_is_short(
    shelf: Shelf, limit: int, category: str | None
) -> None:
    listed = stocked_shelf(shelf)
    wanted = set().union(*listed.values()) if category is None else listed.get(category, set())
    found = list(pages(shelf, category, limit))
    skus = [product.sku for page in found for product in page]
    assert len(skus) == len(set(skus))
    assert set(skus) == wanted
    assert all(len(page) == limit for page in found[:-1])
    assert found[-1] or not wanted


def test_a_product_that_comes_or_goes_between_pages_moves_no_other(shelf: Shelf) -> None:
    listed = stocked_shelf(shelf)["gifts"]
    first = shelf.catalogue.page("gifts", 3, None)
    shelf.catalogue.delete(first.items[-1].sku, "*")
    shelf.catalogue.create("S00a", details(category=Category.of("gifts")), None)
    rest = shelf.catalogue.page("gifts", 100, first.position)
    skus = [product.sku for product in (*first.items, *rest.items)]
    assert skus == sorted(listed)
    assert all(one < other for one, other in pairwise(skus))


def test_categories_have_products_and_the_name_that_came_first(shelf: Shelf) -> None:
    assert shelf.catalogue.categories() == []
    shelf.catalogue.create("A1", details(category=Category.of("Home & Garden")), None)
    shelf.catalogue.create("A2", details(category=Category.of("gifts")), None)
    shelf.catalogue.replace("A2", details(category=Category.of("home-garden")), "*")
    assert shelf.catalogue.categories() == [Category("home-garden", "Home & Garden")]
    shelf.catalogue.delete("A2", "*")
    shelf.catalogue.delete("A1", "*")
    assert shelf.catalogue.categories() == []


def test_lists_cost_no_more_calls_when_there_are_more_products(dynamo_shelf: Shelf) -> None:
    stocked_shelf(dynamo_shelf)
    with counted_calls() as calls:
        assert len(dynamo_shelf.catalogue.categories()) == 3
    assert calls == ["Query"] * 4
    with counted_calls() as calls:
        page = dynamo_shelf.catalogue.page("gifts", 3, None)
        dynamo_shelf.catalogue.page("gifts", 3, page.position)
        dynamo_shelf.catalogue.page(None, 3, None)
    assert calls == ["Query", "Query", "Scan"]


def test_another_process_does_not_rename_a_category(dynamo_shelf: Shelf) -> None:
    dynamo_shelf.catalogue.create("A1", details(category=Category.of("Home & Garden")), None)
    Shelf(DynamoProducts()).catalogue.create("A2", details(category=Category.of("home-garden")), None)
    assert dynamo_shelf.catalogue.categories() == [Category("home-garden", "Home & Garden")]


def test_every_version_has_its_event_beside_it(dynamo_shelf: Shelf) -> None:
    dynamo_shelf.catalogue.create("A1", TEAPOT, None)
    dynamo_shelf.catalogue.replace("A1", EVERYTHING, '"1"')
    dynamo_shelf.catalogue.delete("A1", '"2"')
    dynamo_shelf.importer.run([Entry("A1", TEAPOT)])
    stored = [item.to_event() for item in OutboxItem.query("SKU#A1", OutboxItem.sk.startswith("EVENT#"))]
    assert [(event.name, event.sequence) for event in stored] == [
        ("ProductCreated", 1),
        ("ProductUpdated", 2),
        ("ProductDeleted", 3),
        ("ProductCreated", 4),
    ]
    assert stored[1].data["price"] == {"amount": 10**12, "currency": "JPY"}


def test_a_thousand_products_are_read_at_once(dynamo_shelf: Shelf) -> None:
    entries = [Entry(f"S{index}", TEAPOT) for index in range(230)]
    dynamo_shelf.importer.run(entries)
    offers = dynamo_shelf.catalogue.offers([f"S{index}" for index in range(1000)])
    assert len(offers) == 230
