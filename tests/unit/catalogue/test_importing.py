"""Hundreds of products at once, on the fake."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.errors import Lost
from catalogue.fakes import InMemoryProducts
from catalogue.importing import Entry, ImportResult
from catalogue.ports import MAX_CHANGES, Change
from kernel.errors import FieldError
from kernel.idempotency import Answer, IdempotencyKey
from tests.unit.catalogue.shelf import TEAPOT, Shelf, details


def entry(sku: str, name: str = "Blue teapot") -> Entry:
    return Entry(sku, details(name=name))


BAD = Entry("B4D", None, (FieldError("name", "is missing"),))


def statuses(result: ImportResult) -> list[str]:
    return [item.status for item in result.items]


def test_each_product_is_created_updated_left_alone_or_failed() -> None:
    shelf = Shelf()
    shelf.importer.run([entry("A1"), entry("A2")])
    result = shelf.importer.run([entry("A1"), BAD, entry("A2", "Green"), entry("A3"), Entry(None, None, BAD.errors)])
    assert statuses(result) == ["unchanged", "failed", "updated", "created", "failed"]
    assert (result.created, result.updated, result.unchanged, result.failed) == (1, 1, 1, 2)
    assert result.items[1].error is not None
    assert result.items[1].error.errors == BAD.errors
    assert [item.sku for item in result.items] == ["A1", "B4D", "A2", "A3", None]


def test_repeating_an_import_changes_nothing() -> None:
    shelf = Shelf()
    entries = [entry(f"S{index}") for index in range(500)]
    assert set(statuses(shelf.importer.run(entries))) == {"created"}
    assert len(shelf.store.events) == 500
    assert set(statuses(shelf.importer.run(entries))) == {"unchanged"}
    assert len(shelf.store.events) == 500


def test_of_a_sku_that_is_there_twice_the_first_counts() -> None:
    shelf = Shelf()
    result = shelf.importer.run([entry("A1", "First"), entry("A1", "Second")])
    assert statuses(result) == ["created", "failed"]
    assert shelf.catalogue.get("A1").details.name == "First"


def test_a_deleted_product_is_created_anew() -> None:
    shelf = Shelf()
    shelf.catalogue.create("A1", TEAPOT, None)
    shelf.catalogue.delete("A1", "*")
    assert statuses(shelf.importer.run([entry("A1")])) == ["created"]
    assert shelf.catalogue.get("A1").version == 3


class RacedProducts(InMemoryProducts):
    """Before the first write, somebody else does something."""

    def __init__(self) -> None:
        super().__init__()
        self.meanwhile: list[Callable[[], object]] = []
        self.sizes: list[int] = []

    def write(self, changes: Sequence[Change], key: IdempotencyKey | None = None, answer: Answer | None = None) -> None:
        self.sizes.append(len(changes))
        if self.meanwhile:
            self.meanwhile.pop(0)()
        super().write(changes, key, answer)


def test_one_product_that_somebody_changes_meanwhile_does_not_spoil_the_others() -> None:
    store = RacedProducts()
    shelf = Shelf(store)
    shelf.importer.run([entry(f"S{index}") for index in range(10)])
    store.meanwhile = [lambda: shelf.catalogue.replace("S3", details(name="Theirs"), "*")]
    result = shelf.importer.run([entry(f"S{index}", "Ours") for index in range(10)])
    assert set(statuses(result)) == {"updated"}
    assert {product.details.name for product in store.products.values()} == {"Ours"}
    assert store.products["S3"].version == 3


def test_a_product_that_others_never_stop_changing_fails_alone() -> None:
    class Contested(InMemoryProducts):
        def write(
            self, changes: Sequence[Change], key: IdempotencyKey | None = None, answer: Answer | None = None
        ) -> None:
            if any(change.product.sku == "HOT" for change in changes):
                raise Lost(["HOT"])
            super().write(changes, key, answer)

    result = Shelf(Contested()).importer.run([entry("A1"), entry("HOT"), entry("A2")])
    assert statuses(result) == ["created", "failed", "created"]


def test_no_write_is_larger_than_a_transaction() -> None:
    store = RacedProducts()
    Shelf(store).importer.run([entry(f"S{index}") for index in range(100)])
    assert store.sizes == [MAX_CHANGES, MAX_CHANGES, 100 - 2 * MAX_CHANGES]
    assert 2 * MAX_CHANGES + 1 <= 100


@given(
    st.lists(st.tuples(st.sampled_from(["A", "B", "C", "D"]), st.sampled_from(["x", "y"]), st.booleans()), max_size=12)
)
def test_every_entry_is_answered_and_the_shelf_is_as_the_answers_say(entries: list[tuple[str, str, bool]]) -> None:
    shelf = Shelf()
    result = shelf.importer.run([entry(sku, name) if good else BAD for sku, name, good in entries])
    assert len(result.items) == len(entries)
    first: dict[str, str] = {}
    for (sku, name, good), item in zip(entries, result.items, strict=True):
        assert item.status == ("created" if good and sku not in first else "failed")
        if good:
            first.setdefault(sku, name)
    assert {sku: product.details.name for sku, product in shelf.store.products.items()} == first
    assert len(shelf.store.events) == len(first)


@pytest.mark.parametrize("count", [0, 1])
def test_an_import_of_nothing_new_writes_nothing(count: int) -> None:
    store = RacedProducts()
    shelf = Shelf(store)
    shelf.importer.run([entry("A1")])
    store.sizes.clear()
    shelf.importer.run([entry("A1")] * count)
    assert store.sizes == []
