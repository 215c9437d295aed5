"""Orders in DynamoDB: a projection, its events and stored answers, in one table.

| pk | sk | what |
| --- | --- | --- |
| order id | `ORDER` | the projection: `summary` is JSON, `lines` deflated JSON |
| order id | `EVENT#…` | the history, and the outbox |
| order id | `PAYMENT_TOKEN` | the execution that waits for the payment |
| `IDEMPOTENCY#…` | `IDEMPOTENCY` | the answer of a first request |
| `ERASURE#…` | `ERASURE` | what is left to erase of a deleted account (`orders.erasures`) |
| `LIMIT#…` | `WINDOW#…` | how many orders a customer placed in a minute |
| `LISTS` | `FIRST_DAY` | before which no list of all orders looks |
"""

import json
import time
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection
from pynamodb.models import Model

from kernel import dynamo, idempotency, outbox
from kernel.clock import to_rfc3339
from kernel.dynamo import ConditionFailed, Transaction
from kernel.errors import ConflictingWrite
from kernel.events import Event
from kernel.idempotency import Answer, IdempotencyKey
from orders import document, limits
from orders.limit import OrderLimit
from orders.model import Order
from orders.ports import KeyUsed, LimitReached, Page, Remembered

ORDER = "ORDER"
TOKEN = "PAYMENT_TOKEN"  # noqa: S105 - a sort key
OPEN = "OPEN"
LISTS, FIRST_DAY = "LISTS", "FIRST_DAY"
TOKEN_SECONDS = 24 * 3600
MAX_EXAMINED = 1_000
"""How many orders one page looks at when a filter leaves out most of them."""
MAX_DAYS = 31
"""How many days one page of all orders walks back."""
_UNKNOWN_FIRST_DAY = timedelta(days=7)


class CustomerIndex(GlobalSecondaryIndex["OrderItem"]):  # type: ignore[no-untyped-call]
    """A customer's orders by time."""

    class Meta:
        index_name = "by_customer"
        projection = IncludeProjection(["summary"])

    customer_id = UnicodeAttribute(hash_key=True)
    placed_key = UnicodeAttribute(range_key=True)


class DayIndex(GlobalSecondaryIndex["OrderItem"]):  # type: ignore[no-untyped-call]
    """Everybody's orders of one day by time: no partition grows for ever."""

    class Meta:
        index_name = "by_day"
        projection = IncludeProjection(["summary"])

    day = UnicodeAttribute(hash_key=True)
    placed_key = UnicodeAttribute(range_key=True)


class OpenIndex(GlobalSecondaryIndex["OrderItem"]):  # type: ignore[no-untyped-call]
    """Sparse: only the orders that the saga works on."""

    class Meta:
        index_name = "by_open"
        projection = KeysOnlyProjection()

    open_key = UnicodeAttribute(hash_key=True)
    placed_key = UnicodeAttribute(range_key=True)


class OrderItem(Model):
    """The projection."""

    class Meta:
        table_name = "unbound"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=ORDER)
    status = UnicodeAttribute()
    version = NumberAttribute()
    placed_key = UnicodeAttribute()
    day = UnicodeAttribute()
    customer_id = UnicodeAttribute(null=True)
    open_key = UnicodeAttribute(null=True)
    summary = UnicodeAttribute()
    lines = BinaryAttribute(legacy_encoding=False)
    by_customer = CustomerIndex()
    by_day = DayIndex()
    by_open = OpenIndex()


class OrderEventItem(outbox.EventItem):
    """One event."""

    class Meta:
        table_name = "unbound"


class OrderAnswerItem(idempotency.IdempotencyItem):
    """One stored answer."""

    class Meta:
        table_name = "unbound"


class TokenItem(Model):
    """The task token of a waiting execution."""

    class Meta:
        table_name = "unbound"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default=TOKEN)
    token = UnicodeAttribute()
    expires_at_epoch = NumberAttribute()


class FirstDayItem(Model):
    """The day before which there are no orders."""

    class Meta:
        table_name = "unbound"

    pk = UnicodeAttribute(hash_key=True, default=LISTS)
    sk = UnicodeAttribute(range_key=True, default=FIRST_DAY)
    day = UnicodeAttribute()


MODELS: tuple[type[Model], ...] = (
    OrderItem,
    OrderEventItem,
    OrderAnswerItem,
    TokenItem,
    FirstDayItem,
    limits.LimitItem,
)


class DynamoOrders:
    """The repository. Bind `MODELS` to the table before use."""

    def __init__(self) -> None:
        self._first_day_noted = False

    def place(self, order: Order, event: Event, remembered: Remembered, limit: OrderLimit | None = None) -> None:
        """One TransactWriteItems of three or four items."""
        self._write(order, event, OrderItem.pk.does_not_exist(), remembered, limit=limit)

    def append(self, order: Order, event: Event, remembered: Remembered | None = None) -> None:
        """One TransactWriteItems; the stored version must be the one before."""
        self._write(order, event, OrderItem.version == order.version - 1, remembered)

    def anonymise(self, order: Order, event: Event, rewritten: Sequence[Event]) -> None:
        """One TransactWriteItems; to the relay of the outbox a rewritten event is nothing new."""
        self._write(order, event, OrderItem.version == order.version - 1, None, rewritten)

    def _write(
        self,
        order: Order,
        event: Event,
        required: Condition,
        remembered: Remembered | None,
        rewritten: Sequence[Event] = (),
        limit: OrderLimit | None = None,
    ) -> None:
        write = Transaction()
        if limit is not None:
            limits.take(write, limit)
        for earlier in rewritten:
            again = OrderEventItem(**outbox.fields(earlier, order.order_id))
            write.put(again, OrderEventItem.pk.exists(), label="rewritten")
        write.put(_item(order), required, label="order")
        new_event = OrderEventItem(**outbox.fields(event, order.order_id))
        write.put(new_event, OrderEventItem.pk.does_not_exist(), label="event")
        if remembered is not None:
            answer = OrderAnswerItem(**idempotency.fields(remembered.key, remembered.answer))
            write.put(answer, idempotency.unused(), label=idempotency.LABEL)
        try:
            write.commit()
        except ConditionFailed as failed:
            if idempotency.LABEL in failed.labels:
                raise KeyUsed from failed
            if limits.LABEL in failed.labels:
                raise LimitReached from failed
            raise

    def answer(self, key: IdempotencyKey) -> Answer | None:
        return idempotency.answered(dynamo.get(OrderAnswerItem, key.pk, idempotency.SORT_KEY), key)

    def get(self, order_id: str) -> Order | None:
        item = dynamo.get(OrderItem, order_id, ORDER)
        if item is None:
            return None
        return document.to_order(json.loads(item.summary), json.loads(zlib.decompress(item.lines)))

    def events(self, order_id: str, after: int, limit: int) -> list[Event]:
        between = OrderEventItem.sk.between(outbox.sort_key(after + 1), outbox.sort_key(10**12 - 1))
        with dynamo.translated_errors():
            found = OrderEventItem.query(order_id, between, consistent_read=True, limit=limit)
            return [item.to_event() for item in found]

    def save_projection(self, order: Order) -> None:
        not_newer = OrderItem.pk.does_not_exist() | (OrderItem.version <= order.version)
        try:
            with dynamo.translated_errors():
                _item(order).save(condition=not_newer)
        except ConflictingWrite:
            return  # events were appended since they were read, and the projection with them

    def of_customer(self, customer_id: str, status: str | None, limit: int, position: dict[str, Any] | None) -> Page:
        before = CustomerIndex.placed_key < position["key"] if position else None
        with dynamo.translated_errors():
            found = OrderItem.by_customer.query(
                customer_id, before, scan_index_forward=False, page_size=min(limit + 1, MAX_EXAMINED)
            )
            items, last = _examined(found, status, limit)
        return Page(items, {"key": last} if last else None)

    def of_all(self, status: str | None, limit: int, position: dict[str, Any] | None, today: datetime) -> Page:
        day = date.fromisoformat(position["day"]) if position else today.date()
        key = position.get("key") if position else None
        first = self._first_day(today)
        items: list[Mapping[str, Any]] = []
        for _ in range(MAX_DAYS):
            if day < first:
                return Page(items, None)
            found, last = self._of_day(day, status, limit - len(items), key)
            items += found
            if last is not None:
                return Page(items, {"day": day.isoformat(), "key": last})
            day, key = day - timedelta(days=1), None
            if len(items) == limit:
                break
        return Page(items, {"day": day.isoformat()} if day >= first else None)

    def _of_day(
        self, day: date, status: str | None, limit: int, key: str | None
    ) -> tuple[list[Mapping[str, Any]], str | None]:
        before = DayIndex.placed_key < key if key else None
        with dynamo.translated_errors():
            found = OrderItem.by_day.query(
                day.isoformat(), before, scan_index_forward=False, page_size=min(limit + 1, MAX_EXAMINED)
            )
            return _examined(found, status, limit)

    def open_before(self, moment: datetime) -> Iterator[str]:
        with dynamo.translated_errors():
            for item in OrderItem.by_open.query(OPEN, OpenIndex.placed_key < to_rfc3339(moment)):
                yield item.pk

    def remember_first_day(self, moment: datetime) -> None:
        if self._first_day_noted:
            return
        try:
            with dynamo.translated_errors():
                FirstDayItem(day=moment.date().isoformat()).save(condition=FirstDayItem.pk.does_not_exist())
        except ConflictingWrite:
            pass  # an earlier one is noted
        self._first_day_noted = True

    def _first_day(self, today: datetime) -> date:
        item = dynamo.get(FirstDayItem, LISTS, FIRST_DAY, consistent=False)
        # The sweeper notes it in the first minute of a deployment: without it there are no older orders.
        return today.date() - _UNKNOWN_FIRST_DAY if item is None else date.fromisoformat(item.day)

    def save_token(self, order_id: str, token: str) -> None:
        with dynamo.translated_errors():
            TokenItem(pk=order_id, token=token, expires_at_epoch=int(time.time()) + TOKEN_SECONDS).save()

    def token(self, order_id: str) -> str | None:
        item = dynamo.get(TokenItem, order_id, TOKEN)
        return None if item is None else item.token


def _item(order: Order) -> OrderItem:
    summary = document.summary(order)
    lines = json.dumps(document.lines(order), separators=(",", ":"))
    return OrderItem(
        pk=order.order_id,
        sk=ORDER,
        status=order.status.value,
        version=order.version,
        placed_key=f"{summary['placed_at']}#{order.order_id}",
        day=summary["placed_at"][:10],
        customer_id=order.customer_id,
        open_key=OPEN if order.in_saga else None,
        summary=json.dumps(summary, separators=(",", ":")),
        lines=zlib.compress(lines.encode()),
    )


def _examined(found: Iterable[OrderItem], status: str | None, limit: int) -> tuple[list[Mapping[str, Any]], str | None]:
    """At most `limit` summaries of this status, and where to go on; None at the end of `found`."""
    items: list[Mapping[str, Any]] = []
    last = None
    for count, item in enumerate(islice(found, MAX_EXAMINED + 1)):
        if len(items) == limit or count == MAX_EXAMINED:
            return items, last
        summary = json.loads(item.summary)
        last = item.placed_key
        if status in (None, summary["status"]):
            items.append(summary)
    return items, None
