"""Products in DynamoDB, through PynamoDB.

| pk | sk | |
| --- | --- | --- |
| `SKU#<sku>` | `PRODUCT` | the product; in the index `by-category` while it is for sale |
| `SKU#<sku>` | `EVENT#<version>` | the outbox |
| `CATEGORIES` | `CATEGORY#<slug>` | the name of a category |
| `IDEMPOTENCY#<hash>` | `IDEMPOTENCY` | the answer to a creation |
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from catalogue.errors import KeyUsed, Lost
from catalogue.model import Category, Details, Product
from catalogue.ports import Change, Page
from kernel import dynamo, idempotency, outbox
from kernel.clock import from_rfc3339, to_rfc3339
from kernel.dynamo import ConditionFailed, Transaction
from kernel.idempotency import Answer, IdempotencyKey
from kernel.money import Money

_PRODUCT, _CATEGORIES, _CATEGORY = "PRODUCT", "CATEGORIES", "CATEGORY#"
_KEPT = timedelta(days=30)  # for outbox items


class CategoryIndex(GlobalSecondaryIndex[Any]):  # type: ignore[no-untyped-call]
    """Products for sale by category and SKU. Sparse: a deleted product lacks `listed_in`."""

    class Meta:
        index_name = "by-category"
        projection = AllProjection()

    listed_in = UnicodeAttribute(hash_key=True)
    sku = UnicodeAttribute(range_key=True)


class ProductItem(Model):
    """A product, or the trace of a deleted one."""

    class Meta:
        table_name = "catalogue"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=_PRODUCT)
    sku = UnicodeAttribute()
    listed_in = UnicodeAttribute(null=True)
    category = UnicodeAttribute()
    category_name = UnicodeAttribute()
    name = UnicodeAttribute()
    description = UnicodeAttribute()
    amount = NumberAttribute()
    currency = UnicodeAttribute()
    tax_rate = UnicodeAttribute()
    tax_included = BooleanAttribute()
    discount_rate = UnicodeAttribute()
    weight_grams = NumberAttribute()
    stocked = BooleanAttribute()
    version = NumberAttribute()
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    deleted = BooleanAttribute()
    by_category = CategoryIndex()

    @classmethod
    def of(cls, product: Product) -> "ProductItem":
        details = product.details
        return cls(
            pk=f"SKU#{product.sku}",
            sku=product.sku,
            listed_in=None if product.deleted else details.category.slug,
            category=details.category.slug,
            category_name=details.category.name,
            name=details.name,
            description=details.description,
            amount=details.price.amount,
            currency=details.price.currency,
            tax_rate=details.tax_rate,
            tax_included=details.tax_included,
            discount_rate=details.discount_rate,
            weight_grams=details.weight_grams,
            stocked=details.stocked,
            version=product.version,
            created_at=to_rfc3339(product.created_at),
            updated_at=to_rfc3339(product.updated_at),
            deleted=product.deleted,
        )

    def to_product(self) -> Product:
        details = Details(
            name=self.name,
            description=self.description,
            category=Category(self.category, self.category_name),
            price=Money(int(self.amount), self.currency),
            tax_rate=self.tax_rate,
            tax_included=self.tax_included,
            discount_rate=self.discount_rate,
            weight_grams=int(self.weight_grams),
            stocked=self.stocked,
        )
        return Product(
            sku=self.sku,
            details=details,
            version=int(self.version),
            created_at=from_rfc3339(self.created_at),
            updated_at=from_rfc3339(self.updated_at),
            deleted=self.deleted,
        )


class CategoryItem(Model):
    """The name of a category, as its first product gave it. Never removed: an empty category is not listed."""

    class Meta:
        table_name = "catalogue"

    pk = UnicodeAttribute(hash_key=True, default=_CATEGORIES)
    sk = UnicodeAttribute(range_key=True)
    slug = UnicodeAttribute()
    name = UnicodeAttribute()


class OutboxItem(outbox.EventItem):
    """An event on its way to the bus; the bus archives it, the table forgets it."""

    class Meta:
        table_name = "catalogue"

    expires_at_epoch = NumberAttribute()


class AnswerItem(idempotency.IdempotencyItem):
    """The answer to a creation."""

    class Meta:
        table_name = "catalogue"


MODELS: tuple[type[Model], ...] = (ProductItem, CategoryItem, OutboxItem, AnswerItem)


class DynamoProducts:
    """`Products` in the context's table."""

    def __init__(self) -> None:
        self._known_categories: set[str] = set()

    def get(self, sku: str) -> Product | None:
        item = dynamo.get(ProductItem, f"SKU#{sku}", _PRODUCT)
        return item.to_product() if item else None

    def many(self, skus: Iterable[str]) -> dict[str, Product]:
        items = dynamo.batch_get(ProductItem, [(f"SKU#{sku}", _PRODUCT) for sku in skus])
        return {item.sku: item.to_product() for item in items}

    def write(self, changes: Sequence[Change], key: IdempotencyKey | None = None, answer: Answer | None = None) -> None:
        if not changes:
            return
        transaction = Transaction()
        for change in changes:
            if not change.product.deleted:
                self._name_category(change.product.details.category)
            _write_change(transaction, change)
        if key is not None and answer is not None:
            item = AnswerItem(**idempotency.fields(key, answer))
            transaction.put(item, idempotency.unused(), label=idempotency.LABEL)
        try:
            transaction.commit()
        except ConditionFailed as failed:
            raise KeyUsed if idempotency.LABEL in failed.labels else Lost(failed.labels) from failed

    def answer(self, key: IdempotencyKey) -> Answer | None:
        return idempotency.answered(dynamo.get(AnswerItem, key.pk, idempotency.SORT_KEY), key)

    def page(self, category: str | None, limit: int, position: Mapping[str, Any] | None) -> Page:
        start = _index_key(**position) if position else None
        options: dict[str, Any] = {"limit": limit + 1, "page_size": limit + 1, "last_evaluated_key": start}
        index = ProductItem.by_category
        with dynamo.translated_errors():
            found = index.query(category, **options) if category else index.scan(**options)
            products = [item.to_product() for item in found]
        if len(products) <= limit:
            return Page(products, None)
        last = products[limit - 1]
        return Page(products[:limit], {"listed_in": last.details.category.slug, "sku": last.sku})

    def categories(self) -> list[Category]:
        with dynamo.translated_errors():
            named = [Category(item.slug, item.name) for item in CategoryItem.query(_CATEGORIES, consistent_read=True)]
            return [category for category in named if self._has_product(category.slug)]

    def _has_product(self, slug: str) -> bool:
        """One item of one page: PynamoDB's `count(limit=1)` goes on to the last page, one item at a time."""
        first = ProductItem.by_category.query(slug, limit=1, page_size=1, attributes_to_get=["sku"])
        return next(first, None) is not None

    def _name_category(self, category: Category) -> None:
        """Before the first product of it, so that no product is in a category without a name."""
        if category.slug in self._known_categories:
            return
        item = CategoryItem(pk=_CATEGORIES, sk=f"{_CATEGORY}{category.slug}")
        with dynamo.translated_errors():
            item.update(
                [
                    CategoryItem.slug.set(category.slug),
                    CategoryItem.name.set(CategoryItem.name | category.name),
                ]
            )
        self._known_categories.add(category.slug)


def _write_change(transaction: Transaction, change: Change) -> None:
    product, event = change.product, change.event
    unchanged = ProductItem.version == product.version - 1
    condition = ProductItem.pk.does_not_exist() if product.version == 1 else unchanged
    transaction.put(ProductItem.of(product), condition, label=product.sku)
    forgotten = int((event.time + _KEPT).timestamp())
    item = OutboxItem(**outbox.fields(event, f"SKU#{product.sku}"), expires_at_epoch=forgotten)
    transaction.put(item, OutboxItem.pk.does_not_exist(), label=product.sku)


def _index_key(listed_in: str, sku: str) -> dict[str, dict[str, str]]:
    return {
        "pk": {"S": f"SKU#{sku}"},
        "sk": {"S": _PRODUCT},
        "listed_in": {"S": listed_in},
        "sku": {"S": sku},
    }
