"""Hundreds of products at once: each is created, updated or left alone, whatever becomes of the others."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from catalogue import events
from catalogue.errors import Lost
from catalogue.model import Details, Product, first_version
from catalogue.ports import MAX_CHANGES, Change, Products
from kernel.clock import Clock
from kernel.errors import FieldError

Status = Literal["created", "updated", "unchanged", "failed"]

_TRIES = 5


@dataclass(frozen=True, slots=True)
class Entry:
    """One product of an import; `errors` says why it cannot be one."""

    sku: str | None
    details: Details | None
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class ItemError:
    """Why one product was not taken."""

    reason: str
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True)
class Item:
    """What became of one product of an import, in the order in which they were sent."""

    sku: str | None
    status: Status
    error: ItemError | None = None


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What became of an import."""

    items: list[Item]
    created: int
    updated: int
    unchanged: int
    failed: int


class Importer:
    """Writes in transactions of many; where somebody else changes one of them meanwhile, one by one."""

    def __init__(self, products: Products, clock: Clock) -> None:
        self._products = products
        self._clock = clock

    def run(self, entries: Sequence[Entry]) -> ImportResult:
        """Take every entry that can be taken. Repeating it changes nothing more."""
        rejected = _rejected(entries)
        wanted = {
            entry.sku: entry.details
            for index, entry in enumerate(entries)
            if index not in rejected and entry.sku is not None and entry.details is not None
        }
        statuses = self._upsert(wanted)
        items = [rejected.get(index) or _item(entry, statuses) for index, entry in enumerate(entries)]
        counts = {
            status: sum(item.status == status for item in items) for status in ("created", "updated", "unchanged")
        }
        return ImportResult(items, **counts, failed=len(items) - sum(counts.values()))

    def _upsert(self, wanted: Mapping[str, Details]) -> dict[str, Status]:
        present = self._products.many(wanted)
        statuses: dict[str, Status] = {}
        changes: list[Change] = []
        for sku, details in wanted.items():
            statuses[sku], change = self._change(sku, present.get(sku), details)
            changes += [change] if change else []
        for group in _groups(changes, MAX_CHANGES):
            try:
                self._products.write(group)
            except Lost:
                statuses |= {change.product.sku: self._upsert_one(change.product) for change in group}
        return statuses

    def _upsert_one(self, product: Product) -> Status:
        for _ in range(_TRIES):
            status, change = self._change(product.sku, self._products.get(product.sku), product.details)
            try:
                self._products.write([change] if change else [])
            except Lost:
                continue
            return status
        return "failed"

    def _change(self, sku: str, present: Product | None, details: Details) -> tuple[Status, Change | None]:
        now = self._clock()
        if present is None or present.deleted:
            created = present.replaced(details, now) if present else first_version(sku, details, now)
            return "created", Change(created, events.product_created(created))
        if details.same_as(present.details):
            return "unchanged", None
        updated = present.replaced(details, now)
        return "updated", Change(updated, events.product_updated(updated))


def _rejected(entries: Sequence[Entry]) -> dict[int, Item]:
    """By index: those that are not a product, and those that say another thing of a SKU that came before."""
    seen: set[str] = set()
    rejected: dict[int, Item] = {}
    for index, entry in enumerate(entries):
        if entry.errors:
            rejected[index] = Item(entry.sku, "failed", ItemError("some fields are not valid", entry.errors))
        elif entry.sku in seen:
            again = FieldError("sku", "is in this batch already")
            rejected[index] = Item(entry.sku, "failed", ItemError("the SKU is there twice", (again,)))
        elif entry.sku is not None:
            seen.add(entry.sku)
    return rejected


def _item(entry: Entry, statuses: Mapping[str, Status]) -> Item:
    status = statuses[entry.sku or ""]
    error = ItemError("others kept changing this product; send it again") if status == "failed" else None
    return Item(entry.sku, status, error)


def _groups(changes: Iterable[Change], size: int) -> Iterator[list[Change]]:
    rest = iter(changes)
    while group := list(islice(rest, size)):
        yield group
