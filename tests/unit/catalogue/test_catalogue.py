"""Products one at a time, on the fake."""

import pytest

from catalogue.errors import ProductExists, UnknownProduct
from catalogue.model import Category, is_rate, is_sku
from kernel.errors import IdempotencyKeyReused, PreconditionFailed, PreconditionRequired
from kernel.idempotency import IdempotencyKey
from kernel.money import Money
from tests.unit.catalogue.shelf import START, TEAPOT, Shelf, details


def key(text: str = "k", fingerprint: str = "same") -> IdempotencyKey:
    return IdempotencyKey("usr_1\nPOST /products", text, fingerprint)


def names(shelf: Shelf) -> list[tuple[str, int]]:
    return [(event.name, event.sequence) for event in shelf.store.events]


def test_a_product_is_created_once() -> None:
    shelf = Shelf()
    assert shelf.catalogue.create("A1", TEAPOT, None)["version"] == 1
    with pytest.raises(ProductExists):
        shelf.catalogue.create("A1", TEAPOT, None)
    assert shelf.catalogue.get("A1").details == TEAPOT
    assert names(shelf) == [("ProductCreated", 1)]


def test_a_repeated_creation_with_its_key_gives_the_first_answer() -> None:
    shelf = Shelf()
    first = shelf.catalogue.create("A1", TEAPOT, key())
    shelf.catalogue.replace("A1", details(name="Green teapot"), '"1"')
    assert shelf.catalogue.create("A1", TEAPOT, key()) == first
    with pytest.raises(IdempotencyKeyReused):
        shelf.catalogue.create("A1", TEAPOT, key(fingerprint="another"))
    with pytest.raises(ProductExists):
        shelf.catalogue.create("A1", TEAPOT, key("another key"))


def test_put_creates_what_is_not_there() -> None:
    shelf = Shelf()
    product, is_new = shelf.catalogue.replace("A1", TEAPOT, None)
    assert (product.version, is_new) == (1, True)
    for tag in ('"1"', "*"):
        with pytest.raises(PreconditionFailed):
            shelf.catalogue.replace("A2", TEAPOT, tag)


def test_put_replaces_only_the_version_that_was_read() -> None:
    shelf = Shelf()
    shelf.catalogue.create("A1", TEAPOT, None)
    with pytest.raises(PreconditionRequired):
        shelf.catalogue.replace("A1", details(name="Green"), None)
    with pytest.raises(PreconditionFailed):
        shelf.catalogue.replace("A1", details(name="Green"), '"7"')
    product, is_new = shelf.catalogue.replace("A1", details(name="Green"), '"1"')
    assert (product.version, is_new, product.details.name) == (2, False, "Green")
    assert product.created_at < product.updated_at
    assert names(shelf) == [("ProductCreated", 1), ("ProductUpdated", 2)]


def test_put_of_the_same_changes_nothing() -> None:
    shelf = Shelf()
    shelf.catalogue.create("A1", TEAPOT, None)
    product, _ = shelf.catalogue.replace("A1", details(category=Category("kitchen", "KITCHEN")), '"1"')
    assert product.version == 1
    assert len(shelf.store.events) == 1


def test_a_deleted_product_is_gone_and_its_sku_goes_on_counting() -> None:
    shelf = Shelf()
    shelf.catalogue.create("A1", TEAPOT, None)
    with pytest.raises(PreconditionRequired):
        shelf.catalogue.delete("A1", None)
    with pytest.raises(PreconditionFailed):
        shelf.catalogue.delete("A1", '"2"')
    shelf.catalogue.delete("A1", '"1"')
    for gone in (lambda: shelf.catalogue.get("A1"), lambda: shelf.catalogue.delete("A1", "*")):
        with pytest.raises(UnknownProduct):
            gone()
    assert shelf.catalogue.offers(["A1"]) == {}
    assert shelf.catalogue.page(None, 10, None).items == []
    assert shelf.catalogue.categories() == []
    again = shelf.catalogue.create("A1", details(name="Red"), None)
    assert again["version"] == 3
    assert again["created_at"] == again["updated_at"]
    assert names(shelf) == [("ProductCreated", 1), ("ProductDeleted", 2), ("ProductCreated", 3)]


def test_put_creates_a_deleted_product_anew() -> None:
    shelf = Shelf()
    shelf.catalogue.create("A1", TEAPOT, None)
    shelf.catalogue.delete("A1", "*")
    with pytest.raises(PreconditionFailed):
        shelf.catalogue.replace("A1", TEAPOT, '"2"')
    product, is_new = shelf.catalogue.replace("A1", TEAPOT, None)
    assert (product.version, is_new) == (3, True)


def test_an_offer_is_what_pricing_needs() -> None:
    shelf = Shelf()
    shelf.catalogue.create("A1", details(discount_rate="0.1", weight_grams=300, stocked=False), None)
    assert shelf.catalogue.offers(["A1", "B2"]) == {
        "A1": {
            "name": "Blue teapot",
            "price": {"amount": 1250, "currency": "GBP"},
            "tax_rate": "0.20",
            "tax_included": True,
            "discount_rate": "0.1",
            "weight_grams": 300,
            "stocked": False,
        }
    }


def test_categories_are_those_of_products_named_by_the_first() -> None:
    shelf = Shelf()
    shelf.catalogue.create("A1", details(category=Category.of("Home & Garden")), None)
    shelf.catalogue.create("A2", details(category=Category.of("home-garden")), None)
    shelf.catalogue.create("A3", details(category=Category.of("gifts")), None)
    assert shelf.catalogue.categories() == [Category("gifts", "Gifts"), Category("home-garden", "Home & Garden")]
    shelf.catalogue.replace("A3", details(category=Category.of("kitchen")), "*")
    assert [category.slug for category in shelf.catalogue.categories()] == ["home-garden", "kitchen"]


@pytest.mark.parametrize(
    ("text", "slug", "name"),
    [
        ("kitchen", "kitchen", "Kitchen"),
        ("home-decor", "home-decor", "Home decor"),
        ("Café & Bar", "cafe-bar", "Café & Bar"),
        ("x" * 64, "x" * 64, "X" + "x" * 63),
    ],
)
def test_a_category_is_known_by_its_slug(text: str, slug: str, name: str) -> None:
    assert Category.of(text) == Category(slug, name)


@pytest.mark.parametrize("text", ["", "-", "&", "茶"])
def test_a_category_needs_a_letter_or_digit(text: str) -> None:
    with pytest.raises(ValueError, match="needs a letter"):
        Category.of(text)


@pytest.mark.parametrize("rate", ["0", "1", "0.2", "0.20", "0.000001", "1.0", "0.175"])
def test_rates_are_decimals_from_0_to_1(rate: str) -> None:
    assert is_rate(rate)


@pytest.mark.parametrize("rate", ["", "1.1", "-0.1", "2", ".2", "0.", "0.1234567", "1e-1", "20%", "\u0660", "0.2\n"])
def test_what_is_no_rate(rate: str) -> None:
    assert not is_rate(rate)


@pytest.mark.parametrize("sku", ["85123A", "C2", "BANK CHARGES", "DOT", "15056BL", "gift_0001_40", "m"])
def test_the_codes_of_a_real_shop_are_skus(sku: str) -> None:
    assert is_sku(sku)


@pytest.mark.parametrize("sku", ["", " A", "A ", "-A", "A#B", "A/B", "é", "9" * 65, "batch", "low-stock", "A\n"])
def test_what_is_no_sku(sku: str) -> None:
    assert not is_sku(sku)


def test_times_are_when_it_happened() -> None:
    shelf = Shelf()
    shelf.catalogue.create("A1", details(price=Money(0, "JPY")), None)
    assert shelf.catalogue.get("A1").created_at > START
