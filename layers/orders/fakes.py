"""Real implementations of the ports in memory, for tests of the use cases."""

import json
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any

from kernel import correlation
from kernel.clock import to_rfc3339
from kernel.errors import ConflictingWrite, IdempotencyKeyReused, TransientError
from kernel.events import Event
from kernel.idempotency import KEPT_SECONDS, Answer, IdempotencyKey
from orders import document
from orders.limit import OrderLimit
from orders.model import Order
from orders.ports import Erasure, KeyUsed, LimitReached, Page, Remembered
from orders.pricing import Offer
from orders.shipping_rates import RateTable


class FakeOrders:
    """The repository. Whatever it stores and returns has been through JSON, as in a database."""

    def __init__(self) -> None:
        self._rows: dict[str, str] = {}
        self._events: dict[str, list[Event]] = {}
        self._answers: dict[str, tuple[float, str, Answer]] = {}
        self._tokens: dict[str, str] = {}
        self._placed: dict[tuple[str, int], int] = {}
        self._first_day: date | None = None
        self._lock = threading.Lock()

    def place(self, order: Order, event: Event, remembered: Remembered, limit: OrderLimit | None = None) -> None:
        with self._lock:
            self._require_unused(remembered)
            if limit is not None:
                self._take(limit)
            if order.order_id in self._events:
                raise ConflictingWrite(order.order_id)
            self._store(order, event, remembered)

    def _take(self, limit: OrderLimit) -> None:
        placed = self._placed.get((limit.subject, limit.window), 0)
        if placed >= limit.most:
            raise LimitReached
        self._placed[limit.subject, limit.window] = placed + 1

    def append(self, order: Order, event: Event, remembered: Remembered | None = None) -> None:
        with self._lock:
            self._require_unused(remembered)
            stored = self._rows.get(order.order_id)
            if stored is None or _order(stored).version != order.version - 1:
                raise ConflictingWrite(order.order_id)
            if len(self._events[order.order_id]) != event.sequence - 1:
                raise ConflictingWrite(order.order_id)
            self._store(order, event, remembered)

    def anonymise(self, order: Order, event: Event, rewritten: Sequence[Event]) -> None:
        self.append(order, event)
        changed = {each.sequence: each for each in rewritten}
        history = self._events[order.order_id]
        self._events[order.order_id] = [changed.get(each.sequence, each) for each in history]

    def _require_unused(self, remembered: Remembered | None) -> None:
        if remembered is not None and self._kept(remembered.key) is not None:
            raise KeyUsed

    def _store(self, order: Order, event: Event, remembered: Remembered | None) -> None:
        stored = event if event.correlation_id else event.caused_by(correlation.current())
        self._rows[order.order_id] = _row(order)
        self._events.setdefault(order.order_id, []).append(stored)
        if remembered is not None:
            expires = time.time() + KEPT_SECONDS
            self._answers[remembered.key.pk] = (expires, remembered.key.fingerprint, remembered.answer)

    def answer(self, key: IdempotencyKey) -> Answer | None:
        kept = self._kept(key)
        if kept is None:
            return None
        fingerprint, answer = kept
        if fingerprint != key.fingerprint:
            raise IdempotencyKeyReused("this Idempotency-Key was used with another request")
        return answer

    def _kept(self, key: IdempotencyKey) -> tuple[str, Answer] | None:
        expires, fingerprint, answer = self._answers.get(key.pk, (0.0, "", Answer(0, {})))
        return (fingerprint, answer) if expires > time.time() else None

    def get(self, order_id: str) -> Order | None:
        stored = self._rows.get(order_id)
        return None if stored is None else _order(stored)

    def events(self, order_id: str, after: int, limit: int) -> list[Event]:
        later = (event for event in self._events.get(order_id, []) if event.sequence > after)
        return list(islice(later, limit))

    def save_projection(self, order: Order) -> None:
        stored = self._rows.get(order.order_id)
        if stored is None or _order(stored).version <= order.version:
            self._rows[order.order_id] = _row(order)

    def drop_projection(self, order_id: str) -> None:
        """Lose the row, keep the events."""
        del self._rows[order_id]

    def row(self, order_id: str) -> str:
        """The row as it is stored."""
        return self._rows[order_id]

    def of_customer(self, customer_id: str, status: str | None, limit: int, position: dict[str, Any] | None) -> Page:
        return self._page(lambda order: order.customer_id == customer_id, status, limit, position)

    def of_all(self, status: str | None, limit: int, position: dict[str, Any] | None, today: datetime) -> Page:
        first = self._first_day
        return self._page(
            lambda order: order.placed_at <= today and (first is None or order.placed_at.date() >= first),
            status,
            limit,
            position,
        )

    def _page(self, wanted: Any, status: str | None, limit: int, position: dict[str, Any] | None) -> Page:
        found = sorted(
            (_key(order), document.summary(order))
            for order in map(_order, self._rows.values())
            if wanted(order)
            and status in (None, order.status.value)
            and (not position or _key(order) < position["key"])
        )
        newest = found[::-1][:limit]
        return Page([summary for _, summary in newest], {"key": newest[-1][0]} if len(found) > limit else None)

    def open_before(self, moment: datetime) -> Iterator[str]:
        orders = sorted(map(_order, self._rows.values()), key=_key)
        yield from [order.order_id for order in orders if order.in_saga and _key(order) < to_rfc3339(moment)]

    def remember_first_day(self, moment: datetime) -> None:
        self._first_day = self._first_day or moment.date()

    def save_token(self, order_id: str, token: str) -> None:
        self._tokens[order_id] = token

    def token(self, order_id: str) -> str | None:
        return self._tokens.get(order_id)


def _row(order: Order) -> str:
    return json.dumps({"summary": document.summary(order), "lines": document.lines(order)})


def _order(row: str) -> Order:
    stored = json.loads(row)
    return document.to_order(stored["summary"], stored["lines"])


def _key(order: Order) -> str:
    return f"{to_rfc3339(order.placed_at)}#{order.order_id}"


@dataclass
class FakeErasures:
    """Unfinished erasures, by customer."""

    kept: dict[str, Erasure] = field(default_factory=dict)

    def save(self, erasure: Erasure) -> None:
        self.kept[erasure.customer_id] = erasure

    def due(self, now: datetime) -> Iterator[Erasure]:
        waiting = [(each.due, each) for each in self.kept.values() if each.due is not None and each.due <= now]
        yield from [each for _, each in sorted(waiting, key=lambda pair: pair[0])]


@dataclass
class FakeCatalogue:
    """What is sold; `asked` notes the SKUs of each question."""

    sold: dict[str, Offer] = field(default_factory=dict)
    asked: list[set[str]] = field(default_factory=list)

    def sell(self, *offers: Offer) -> None:
        """Put offers into the catalogue."""
        self.sold.update({offer.sku: offer for offer in offers})

    def offers(self, skus: Iterable[str]) -> Mapping[str, Offer]:
        wanted = set(skus)
        self.asked.append(wanted)
        return {sku: offer for sku, offer in self.sold.items() if sku in wanted}


@dataclass
class FakeRates:
    """One rate table."""

    rates: RateTable

    def table(self) -> RateTable:
        return self.rates


@dataclass
class FakeSagas:
    """Executions by name. `down` makes every call fail; `waiting` holds the tokens that wait."""

    started: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    statuses: dict[str, str] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)
    completed: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    down: bool = False

    def start(self, name: str, payload: Mapping[str, Any]) -> None:
        self._answer()
        if name not in self.statuses:
            self.started[name] = dict(payload)
            self.statuses[name] = "RUNNING"

    def status(self, name: str) -> str | None:
        self._answer()
        return self.statuses.get(name)

    def complete(self, token: str, output: Mapping[str, Any]) -> bool:
        self._answer()
        if token not in self.waiting:
            return False
        self.waiting.remove(token)
        self.completed[token] = dict(output)
        return True

    def _answer(self) -> None:
        if self.down:
            raise TransientError("the service does not answer")
