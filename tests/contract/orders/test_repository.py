"""One contract for the repository of orders: the fake that unit tests use and DynamoDB keep it alike."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from kernel import dynamo
from kernel.errors import ConflictingWrite, IdempotencyKeyReused
from kernel.idempotency import Answer, IdempotencyKey
from kernel.ids import new_id
from orders import dynamo as tables
from orders import erasures as erasing
from orders import events, projection
from orders.anonymous import anonymous_event, is_anonymous
from orders.fakes import FakeErasures, FakeOrders
from orders.limit import OrderLimit
from orders.model import Cancellation, Order, Payment
from orders.ports import Erasure, Erasures, KeyUsed, LimitReached, OrderRepository, Remembered
from tests.contract.orders import examples
from tests.support import functions
from tests.support.aws import ENVIRONMENT, mocked_aws
from tests.support.tables import create_from_template

pytestmark = pytest.mark.contract
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
NUMBERS = count()
WHY = Cancellation("out_of_stock", "no")


@pytest.fixture(scope="module")
def account() -> Iterator[None]:
    with functions.environment(ENVIRONMENT), mocked_aws():
        yield


@pytest.fixture
def erasures(orders: OrderRepository) -> Erasures:
    """Beside the orders, in the same table."""
    if isinstance(orders, FakeOrders):
        return FakeErasures()
    dynamo.bind(str(tables.OrderItem.Meta.table_name), erasing.ErasureItem)
    return erasing.DynamoErasures()


@pytest.fixture(params=["fake", "dynamodb"])
def orders(request: pytest.FixtureRequest) -> OrderRepository:
    if request.param == "fake":
        return FakeOrders()
    request.getfixturevalue("account")
    dynamo.bind(create_from_template("orders", prefix=f"shop-{next(NUMBERS)}"), *tables.MODELS)
    return tables.DynamoOrders()


def remembered(text: str = "k", fingerprint: str = "f") -> Remembered:
    return Remembered(IdempotencyKey("scope", text, fingerprint), Answer(202, {"order_id": text}))


def place(orders: OrderRepository, *, at: datetime = NOW, customer_id: str | None = "usr_ada", key: str = "") -> Order:
    order = replace(
        examples.placed_order(),
        order_id=new_id("ord"),
        customer_id=customer_id,
        placed_at=at,
        updated_at=at,
    )
    orders.place(order, events.order_placed(order), remembered(key or order.order_id))
    return order


def cancel(orders: OrderRepository, order: Order, **arguments: Any) -> Order:
    event = events.order_cancelled(order, WHY, Payment(), NOW + timedelta(seconds=1))
    changed = projection.apply(order, event)
    orders.append(changed, event, **arguments)
    return changed


def test_what_is_placed_can_be_read(orders: OrderRepository) -> None:
    order = place(orders)
    assert orders.get(order.order_id) == order
    assert orders.get("ord_none") is None
    assert projection.project(orders.events(order.order_id, 0, 10)) == order


def test_a_used_key_stores_nothing_and_gives_the_answer(orders: OrderRepository) -> None:
    place(orders, key="k")
    other = replace(examples.placed_order(), order_id=new_id("ord"))
    with pytest.raises(KeyUsed):
        orders.place(other, events.order_placed(other), remembered("k"))
    assert orders.get(other.order_id) is None
    assert orders.events(other.order_id, 0, 10) == []
    assert orders.answer(remembered("k").key) == remembered("k").answer
    assert orders.answer(remembered("new").key) is None
    with pytest.raises(IdempotencyKeyReused):
        orders.answer(remembered("k", "other").key)


def test_an_event_is_stored_with_the_projection_after_it(orders: OrderRepository) -> None:
    changed = cancel(orders, place(orders))
    assert orders.get(changed.order_id) == changed
    assert [event.name for event in orders.events(changed.order_id, 0, 10)] == ["OrderPlaced", "OrderCancelled"]
    assert [event.sequence for event in orders.events(changed.order_id, 1, 10)] == [2]
    assert [event.sequence for event in orders.events(changed.order_id, 0, 1)] == [1]


def test_of_two_writers_that_read_the_same_version_one_loses(orders: OrderRepository) -> None:
    order = place(orders)
    cancel(orders, order)
    with pytest.raises(ConflictingWrite):
        cancel(orders, order)
    assert len(orders.events(order.order_id, 0, 10)) == 2


def test_an_order_that_was_never_placed_cannot_go_on(orders: OrderRepository) -> None:
    order = replace(examples.placed_order(), order_id=new_id("ord"))
    with pytest.raises(ConflictingWrite):
        cancel(orders, order)
    assert orders.events(order.order_id, 0, 10) == []


def test_a_key_is_stored_with_a_later_event_too(orders: OrderRepository) -> None:
    changed = cancel(orders, place(orders), remembered=remembered("later"))
    assert orders.answer(remembered("later").key) == remembered("later").answer
    with pytest.raises(KeyUsed):
        place(orders, key="later")
    assert orders.get(changed.order_id) == changed


def test_an_older_projection_does_not_overwrite_a_newer_one(orders: OrderRepository) -> None:
    first = place(orders)
    changed = cancel(orders, first)
    orders.save_projection(first)
    assert orders.get(first.order_id) == changed
    orders.save_projection(changed)
    assert orders.get(first.order_id) == changed


def test_a_customers_orders_come_newest_first_page_by_page(orders: OrderRepository) -> None:
    mine = [place(orders, at=NOW + timedelta(hours=hour)) for hour in range(5)]
    place(orders, customer_id="usr_bob")
    place(orders, customer_id=None)
    expected = [order.order_id for order in reversed(mine)]
    found, position, pages = [], None, 0
    while True:
        page = orders.of_customer("usr_ada", None, 2, position)
        found += [item["order_id"] for item in page.items]
        position, pages = page.position, pages + 1
        if position is None:
            break
    assert (found, pages) == (expected, 3)


def test_a_full_last_page_has_no_successor(orders: OrderRepository) -> None:
    for hour in range(4):
        place(orders, at=NOW + timedelta(hours=hour))
    page = orders.of_customer("usr_ada", None, 2, None)
    last = orders.of_customer("usr_ada", None, 2, page.position)
    assert (len(last.items), last.position) == (2, None)


def test_a_customers_orders_of_one_status(orders: OrderRepository) -> None:
    made = [place(orders, at=NOW + timedelta(hours=hour)) for hour in range(6)]
    cancelled = [cancel(orders, order).order_id for order in made[::2]]
    page = orders.of_customer("usr_ada", "CANCELLED", 2, None)
    assert [item["order_id"] for item in page.items] == cancelled[:0:-1]
    rest = orders.of_customer("usr_ada", "CANCELLED", 2, page.position)
    assert [item["order_id"] for item in rest.items] == cancelled[:1]


def everything(orders: OrderRepository, status: str | None, limit: int) -> list[list[str]]:
    pages: list[list[str]] = []
    position = None
    while True:
        page = orders.of_all(status, limit, position, NOW)
        pages.append([item["order_id"] for item in page.items])
        position = page.position
        if position is None:
            return pages


@pytest.mark.parametrize("limit", [1, 2, 3, 4, 100])
def test_all_orders_come_newest_first_over_days_without_orders(orders: OrderRepository, limit: int) -> None:
    ages = [timedelta(hours=0), timedelta(hours=1), timedelta(days=1), timedelta(days=40), timedelta(days=75)]
    made = [place(orders, at=NOW - age, customer_id=None) for age in ages]
    orders.remember_first_day(NOW - timedelta(days=80))
    orders.remember_first_day(NOW)  # the first one noted stands
    pages = everything(orders, None, limit)
    assert [order_id for page in pages for order_id in page] == [order.order_id for order in made]
    assert max(map(len, pages)) <= limit


def test_all_orders_of_one_status(orders: OrderRepository) -> None:
    made = [place(orders, at=NOW - timedelta(hours=hour)) for hour in range(30)]
    cancelled = [cancel(orders, order).order_id for order in made[::10]]
    orders.remember_first_day(NOW - timedelta(days=2))
    assert [order_id for page in everything(orders, "CANCELLED", 2) for order_id in page] == cancelled


def test_the_position_of_a_page_survives_new_orders(orders: OrderRepository) -> None:
    made = [place(orders, at=NOW - timedelta(minutes=minute)) for minute in range(4)]
    page = orders.of_all(None, 2, None, NOW)
    place(orders, at=NOW)
    rest = orders.of_all(None, 2, page.position, NOW)
    assert [item["order_id"] for item in rest.items] == [order.order_id for order in made[2:]]


def test_open_orders_are_those_in_the_saga_and_old_enough(orders: OrderRepository) -> None:
    old, older, done = (place(orders, at=NOW - timedelta(minutes=minutes)) for minutes in (2, 3, 4))
    place(orders, at=NOW)
    cancel(orders, done)
    assert list(orders.open_before(NOW - timedelta(minutes=1))) == [older.order_id, old.order_id]


def test_the_last_token_of_a_waiting_execution_is_kept(orders: OrderRepository) -> None:
    assert orders.token("ord_1") is None
    orders.save_token("ord_1", "first")
    orders.save_token("ord_1", "second")
    assert orders.token("ord_1") == "second"
    assert orders.get("ord_1") is None


def test_after_a_day_a_key_is_new_again_even_if_its_answer_is_not_swept_yet(
    orders: OrderRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = place(orders, key="k")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 24 * 3600 + 1)
    assert orders.answer(remembered("k").key) is None
    second = place(orders, key="k")
    assert orders.get(first.order_id) is not None
    assert orders.get(second.order_id) is not None


def in_parallel(work: Callable[[], Any], threads: int = 8) -> list[Any]:
    """What each of several threads came to: its result, or its error."""

    def run(_: int) -> Any:
        try:
            return work()
        except (KeyUsed, ConflictingWrite) as error:
            return error

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(run, range(threads)))


def test_of_many_requests_with_one_key_one_is_stored(orders: OrderRepository) -> None:
    outcomes = in_parallel(lambda: place(orders, key="k"))
    stored = [each for each in outcomes if isinstance(each, Order)]
    assert len(stored) == 1
    assert sum(isinstance(each, KeyUsed) for each in outcomes) == len(outcomes) - 1
    assert len(orders.of_customer("usr_ada", None, 100, None).items) == 1


def test_of_many_writers_at_once_one_wins_and_the_history_has_no_gap(orders: OrderRepository) -> None:
    order = place(orders)
    outcomes = in_parallel(lambda: cancel(orders, order))
    assert sum(isinstance(each, Order) for each in outcomes) == 1
    assert [event.sequence for event in orders.events(order.order_id, 0, 10)] == [1, 2]
    assert orders.get(order.order_id) == projection.project(orders.events(order.order_id, 0, 10))


def anonymised(orders: OrderRepository, order: Order) -> Order:
    event = events.order_anonymised(order, NOW + timedelta(seconds=2))
    changed = projection.apply(order, event)
    orders.anonymise(
        changed, event, [anonymous_event(each) for each in orders.events(order.order_id, 0, order.version)]
    )
    return changed


def test_history_and_row_become_anonymous_in_one_stroke(orders: OrderRepository) -> None:
    before = cancel(orders, place(orders))
    told = orders.events(before.order_id, 0, 10)
    after = anonymised(orders, before)
    history = orders.events(before.order_id, 0, 10)
    assert orders.get(before.order_id) == after == projection.project(history)
    assert is_anonymous(after)
    assert [event.id for event in history[:-1]] == [event.id for event in told]
    assert [event.name for event in history] == ["OrderPlaced", "OrderCancelled", "OrderAnonymised"]
    assert {event.data.get("email") for event in history} == {None}


def test_an_order_that_has_moved_on_is_not_made_anonymous_half(orders: OrderRepository) -> None:
    stale = place(orders)
    cancel(orders, stale)
    with pytest.raises(ConflictingWrite):
        anonymised(orders, stale)
    assert orders.events(stale.order_id, 0, 1)[0].data["email"] == "ada@example.com"
    assert len(orders.events(stale.order_id, 0, 10)) == 2


def test_erasures_are_found_when_they_are_due_and_no_longer_when_they_are_done(
    orders: OrderRepository, erasures: Erasures
) -> None:
    place(orders)
    first = Erasure("usr_1", NOW, NOW + timedelta(minutes=1), {"key": "k"}, waits=True)
    second = Erasure("usr_2", NOW, NOW)
    for each in (first, second, Erasure("usr_3", NOW, NOW + timedelta(hours=1)), Erasure("usr_4", NOW, None)):
        erasures.save(each)
    assert list(erasures.due(NOW + timedelta(minutes=2))) == [second, first]
    erasures.save(replace(second, due=None))
    assert list(erasures.due(NOW + timedelta(minutes=2))) == [first]
    assert len(list(orders.open_before(NOW + timedelta(days=1)))) == 1


LIMIT = OrderLimit("usr_1", 1_795_731_300, most=3)


def limited(orders: OrderRepository, key: str, limit: OrderLimit | None = LIMIT) -> str:
    """`placed`, or why not."""
    order = replace(examples.placed_order(), order_id=new_id("ord"))
    try:
        orders.place(order, events.order_placed(order), remembered(key), limit)
    except (LimitReached, KeyUsed) as refused:
        assert orders.get(order.order_id) is None
        return type(refused).__name__
    return "placed"


def test_a_limit_lets_as_many_orders_in_as_it_says(orders: OrderRepository) -> None:
    assert [limited(orders, f"k{number}") for number in range(5)] == ["placed"] * 3 + ["LimitReached"] * 2
    assert limited(orders, "next minute", replace(LIMIT, window=LIMIT.window + 60)) == "placed"
    assert limited(orders, "somebody else", replace(LIMIT, subject="usr_2")) == "placed"
    assert limited(orders, "staff", None) == "placed"


def test_a_repeated_key_is_told_so_at_the_limit_too_and_takes_no_limited(orders: OrderRepository) -> None:
    assert [limited(orders, "same") for _ in range(3)] == ["placed", "KeyUsed", "KeyUsed"]
    assert [limited(orders, f"k{number}") for number in range(3)] == ["placed", "placed", "LimitReached"]
    assert limited(orders, "same") == "KeyUsed"


def test_orders_at_once_get_no_more_than_the_limit(orders: OrderRepository) -> None:
    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(lambda number: limited(orders, f"k{number}"), range(8)))
    assert outcomes.count("placed") == 3
