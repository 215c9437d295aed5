"""A deleted account's orders stay, and say nothing of the person: neither the row nor the history."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.clock import to_rfc3339
from kernel.errors import ConflictingWrite, TransientError
from kernel.events import Event
from orders import projection
from orders.anonymous import ERASED, anonymous_event, anonymous_order, is_anonymous
from orders.application.erase import AGAIN, SETTLED, EraseCustomer, SweepErasures
from orders.errors import TransitionRefused
from orders.fakes import FakeErasures
from orders.model import Status
from tests.contract.orders.examples import histories
from tests.unit.orders.support import OTHER, Orders

ADA = "usr_ada"
PERSONAL = ("ada@example.com", "Ada Lovelace", "St James's", "London", "SW1Y")


class Eraser:
    """The erasure on the shop's fakes."""

    def __init__(self, shop: Orders, seconds: float = 1) -> None:
        self.shop, self.seconds, self.erasures = shop, seconds, FakeErasures()
        self.erase = EraseCustomer(shop.repository, self.erasures, shop.clock, lambda: self.seconds)

    def delete(self) -> None:
        self.erase.handle(Event("agora.identity", "UserDeleted", ADA, 2, self.shop.clock(), {"user_id": ADA}))

    def sweep(self) -> dict[str, object]:
        return SweepErasures(self.erase)()

    def due(self) -> str | None:
        due = self.erasures.kept[ADA].due
        return None if due is None else to_rfc3339(due)


def known(shop: Orders, order_id: str) -> list[str]:
    """What the shop still knows of the person, in the row and in the events."""
    history = [dict(event.data) for event in shop.repository.events(order_id, 0, 100)]
    text = shop.repository.row(order_id) + json.dumps(history, default=str)
    return [each for each in PERSONAL if each in text]


def fulfilled(shop: Orders) -> str:
    order_id = shop.placed()
    shop.price({"order_id": order_id})
    shop.confirm({"order_id": order_id, "payment": {"outcome": "authorised", "payment_id": "pay_1"}})
    shop.fulfil({"order_id": order_id, "payment": {"outcome": "captured", "payment_id": "pay_1"}})
    return order_id


def test_the_sale_stays_and_the_person_goes(shop: Orders) -> None:
    order_id, bobs = fulfilled(shop), shop.placed(caller=OTHER)
    before = shop.get(order_id)
    assert known(shop, order_id) == list(PERSONAL)
    Eraser(shop).delete()
    after = shop.get(order_id)
    assert known(shop, order_id) == []
    assert after.shipping_address is not None
    assert (after.email, after.shipping_address.name, after.shipping_address.country) == (None, ERASED, "GB")
    same = replace(after, email=before.email, shipping_address=before.shipping_address)
    assert replace(same, version=before.version, updated_at=before.updated_at) == before
    assert shop.get(bobs).email == "bob@example.com"


def test_the_row_is_what_the_history_makes_it(shop: Orders) -> None:
    order_id = fulfilled(shop)
    Eraser(shop).delete()
    row = shop.repository.row(order_id)
    shop.repository.drop_projection(order_id)
    assert shop.rebuild({"order_id": order_id})["versions"] == {order_id: 5}
    assert shop.repository.row(order_id) == row
    assert known(shop, order_id) == []
    assert shop.history(order_id)[-1] == "OrderAnonymised"


def test_repeated_it_changes_nothing(shop: Orders) -> None:
    order_id, eraser = fulfilled(shop), Eraser(shop)
    eraser.delete()
    once = shop.get(order_id)
    eraser.delete()
    shop.clock.advance(minutes=6)
    assert eraser.sweep() == {"outcome": "swept", "gone_on": 1, "failed": 0}
    assert shop.get(order_id) == once


def test_an_order_in_the_saga_waits_until_it_is_over(shop: Orders) -> None:
    order_id, eraser = shop.placed(), Eraser(shop)
    eraser.delete()
    shop.clock.advance(hours=3)
    eraser.sweep()
    assert known(shop, order_id) == list(PERSONAL)
    shop.cancel({"order_id": order_id, "reason": "r", "detail": "d"})
    assert eraser.sweep()["gone_on"] == 0
    shop.clock.advance(seconds=AGAIN.total_seconds())
    eraser.sweep()
    assert known(shop, order_id) == []
    shop.clock.advance(seconds=AGAIN.total_seconds())
    eraser.sweep()
    assert eraser.due() is None


def test_an_order_that_turns_up_after_the_deletion_is_found(shop: Orders) -> None:
    eraser = Eraser(shop)
    eraser.delete()
    late = fulfilled(shop)
    shop.clock.advance(seconds=AGAIN.total_seconds())
    eraser.sweep()
    assert known(shop, late) == []
    shop.clock.advance(seconds=SETTLED.total_seconds())
    eraser.sweep()
    assert eraser.due() is None
    assert eraser.sweep()["gone_on"] == 0


def test_a_parked_order_is_anonymous_and_can_still_be_cancelled(shop: Orders) -> None:
    order_id = shop.placed()
    shop.park({"order_id": order_id, "cancellation": {"reason": "r", "detail": "d"}})
    Eraser(shop).delete()
    shop.cancel({"order_id": order_id, "reason": "r", "detail": "d"})
    assert (shop.get(order_id).status, known(shop, order_id)) == (Status.CANCELLED, [])


def test_many_orders_take_as_many_runs_as_time_allows(shop: Orders) -> None:
    made = [fulfilled(shop) for _ in range(60)]
    eraser = Eraser(shop, seconds=0)
    eraser.delete()
    runs = 1
    while any(known(shop, each) for each in made):
        assert eraser.sweep()["gone_on"] == 1
        runs += 1
    assert runs == 3


def test_an_order_that_waits_is_not_forgotten_by_a_later_run(shop: Orders) -> None:
    waiting = [shop.placed() for _ in range(30)]
    eraser = Eraser(shop, seconds=0)
    eraser.delete()
    shop.clock.advance(hours=2)
    eraser.sweep()
    assert eraser.due() == to_rfc3339(shop.clock() + AGAIN)
    for order_id in waiting:
        shop.cancel({"order_id": order_id, "reason": "r", "detail": "d"})
    eraser.seconds = 1
    shop.clock.advance(minutes=6)
    eraser.sweep()
    assert not any(known(shop, each) for each in waiting)


def test_an_event_that_comes_in_between_does_not_bring_the_person_back(
    shop: Orders, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The saga's last step reported a fault after it had succeeded: it cancels what is being made anonymous."""
    order_id = fulfilled(shop)
    real, times = shop.repository.anonymise, iter([True])

    def overtaken(*arguments: object) -> None:
        if next(times, False):
            shop.cancel({"order_id": order_id, "reason": "r", "detail": "d"})
        real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(shop.repository, "anonymise", overtaken)
    Eraser(shop).delete()
    assert shop.history(order_id)[-2:] == ["OrderCancelled", "OrderAnonymised"]
    assert known(shop, order_id) == []


def test_one_erasure_that_fails_does_not_keep_the_others(shop: Orders, monkeypatch: pytest.MonkeyPatch) -> None:
    eraser = Eraser(shop)
    eraser.delete()
    fulfilled(shop)

    def fails(*_: object) -> None:
        raise ConflictingWrite("always")

    monkeypatch.setattr(shop.repository, "anonymise", fails)
    shop.clock.advance(minutes=6)
    assert eraser.sweep() == {"outcome": "swept", "gone_on": 0, "failed": 1}
    assert eraser.due() == to_rfc3339(shop.clock() - timedelta(minutes=1))
    with pytest.raises(TransientError):
        eraser.delete()


@given(st.integers(1, 4), st.lists(st.sampled_from(["confirm", "fulfil", "cancel", "park"]), max_size=6))
def test_anonymous_events_make_the_anonymous_order(length: int, calls: list[str]) -> None:
    history = list(histories())[:length]
    order = projection.project(history)
    told_of_nobody = projection.project(map(anonymous_event, history))
    assert told_of_nobody == anonymous_order(order)
    assert is_anonymous(told_of_nobody)
    shop = Orders()
    order_id = shop.placed()
    eraser = Eraser(shop)
    for call in calls:
        eraser.delete()
        try:
            getattr(shop, call)({"order_id": order_id, "reason": call})
        except TransitionRefused:
            continue
    shop.clock.advance(minutes=6)
    eraser.sweep()
    left = known(shop, order_id)
    assert left == (list(PERSONAL) if shop.get(order_id).in_saga else [])
    assert projection.project(shop.repository.events(order_id, 0, 100)) == shop.get(order_id)
