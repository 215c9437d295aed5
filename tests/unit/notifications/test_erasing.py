"""A deleted account leaves no notification behind, and gets none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import TransientError
from notifications.application import CustomerEraser
from tests.unit.notifications.support import NOW, USER, Shop, confirmed, event, fulfilling, user_deleted


def eraser(shop: Shop, seconds: float = 1) -> CustomerEraser:
    return CustomerEraser(shop.notifications, lambda: NOW, lambda: seconds)


def stored(shop: Shop) -> list[str]:
    return sorted(each.order_id for each in shop.notifications.stored.values())


def test_everything_of_the_account_goes_and_the_rest_stays() -> None:
    shop = Shop()
    shop.handle(*(event("OrderConfirmed", 3, f"ord_{number}", customer_id=USER) for number in range(5)))
    shop.handle(event("OrderConfirmed", 3, "ord_BOB", customer_id="usr_bob"), event("OrderConfirmed", 3, "ord_GUEST"))
    for _ in range(2):
        eraser(shop).handle(user_deleted())
        assert stored(shop) == ["ord_BOB", "ord_GUEST"]


@given(st.permutations(["confirmed", "fulfilling", "deleted"]))
def test_in_whatever_order_events_arrive_nothing_is_left(arrivals: list[str]) -> None:
    shop = Shop()
    for each in arrivals:
        if each == "deleted":
            eraser(shop).handle(user_deleted())
        else:
            shop.handle({"confirmed": confirmed, "fulfilling": fulfilling}[each](customer_id=USER))
    assert stored(shop) == []
    assert len(shop.mailer.taken) == arrivals.index("deleted")


def test_what_does_not_fit_into_one_invocation_is_left_to_the_next_delivery() -> None:
    shop = Shop()
    shop.handle(*(event("OrderConfirmed", 3, f"ord_{number}", customer_id=USER) for number in range(3)))
    with pytest.raises(TransientError):
        eraser(shop, seconds=0).handle(user_deleted())
    assert len(stored(shop)) == 3
    shop.handle(event("OrderConfirmed", 3, "ord_LATE", customer_id=USER))
    assert len(stored(shop)) == 3
    eraser(shop).handle(user_deleted())
    assert stored(shop) == []
