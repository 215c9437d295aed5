"""One message for one event, whatever is repeated, fails or comes late."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import TransientError
from kernel.events import Event
from kernel.mail import Message
from notifications.errors import BeingSent
from notifications.model import CLAIM, Notification, Status
from notifications.wording import compose
from tests.unit.notifications.support import NOW, ORDER, Shop, cancelled, confirmed, event, fulfilling

CONFIRMED, ON_ITS_WAY, WAS_CANCELLED = "Your order is confirmed", "Your order is on its way", "Your order was cancelled"


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_an_event_is_recorded_and_sent(shop: Shop) -> None:
    shop.handle(confirmed())
    assert shop.subjects() == [CONFIRMED]
    (stored,) = shop.notifications.of_order(ORDER)
    assert (stored.status, stored.sent_at, stored.provider_id) == (Status.SENT, NOW, "message-1")


def test_an_event_repeated_is_sent_once(shop: Shop) -> None:
    shop.handle(confirmed(), confirmed(), confirmed())
    assert shop.subjects() == [CONFIRMED]


def test_each_event_of_an_order_is_sent(shop: Shop) -> None:
    shop.handle(confirmed(), fulfilling())
    assert shop.subjects() == [CONFIRMED, ON_ITS_WAY]


def test_a_receipt_that_is_overtaken_still_arrives(shop: Shop) -> None:
    shop.handle(fulfilling(), confirmed())
    assert shop.subjects() == [ON_ITS_WAY, CONFIRMED]


def test_good_news_after_the_cancellation_is_not_sent(shop: Shop) -> None:
    shop.handle(cancelled(), confirmed(), fulfilling())
    assert shop.subjects() == [WAS_CANCELLED]
    assert shop.statuses() == {
        "OrderConfirmed": "SUPERSEDED",
        "OrderFulfilling": "SUPERSEDED",
        "OrderCancelled": "SENT",
    }


def test_another_orders_cancellation_does_not_matter(shop: Shop) -> None:
    shop.handle(event("OrderCancelled", 5, "ord_OTHER"), confirmed())
    assert shop.subjects() == [WAS_CANCELLED, CONFIRMED]


def test_what_nobody_is_told_is_not_recorded(shop: Shop) -> None:
    shop.handle(confirmed(email=None), event("OrderPlaced", 1))
    assert shop.statuses() == {}


def fails(_: Message) -> None:
    raise TransientError("no answer")


def test_a_message_that_could_not_be_sent_is_sent_by_the_next_delivery(shop: Shop) -> None:
    shop.mailer.before = fails
    with pytest.raises(TransientError):
        shop.handle(confirmed())
    assert shop.statuses() == {"OrderConfirmed": "RECORDED"}
    shop.mailer.before = lambda _: None
    shop.handle(confirmed())
    assert shop.subjects() == [CONFIRMED]
    assert shop.statuses() == {"OrderConfirmed": "SENT"}


def test_a_message_that_failed_is_not_sent_after_the_cancellation(shop: Shop) -> None:
    shop.mailer.before = fails
    with pytest.raises(TransientError):
        shop.handle(confirmed())
    shop.mailer.before = lambda _: None
    shop.handle(cancelled(), confirmed())
    assert shop.subjects() == [WAS_CANCELLED]
    assert shop.statuses()["OrderConfirmed"] == "SUPERSEDED"


def claimed(shop: Shop, what: Event) -> Notification:
    """What a process leaves behind that died while it was sending."""
    message = compose(what)
    assert message is not None
    notification = Notification.of(what, message, shop.now)
    assert shop.notifications.claim(notification, shop.now)
    return notification


def test_two_deliveries_at_once_do_not_both_send(shop: Shop) -> None:
    claimed(shop, confirmed())
    with pytest.raises(BeingSent):
        shop.handle(confirmed())
    assert shop.subjects() == []


def test_what_a_dead_process_claimed_is_sent_later(shop: Shop) -> None:
    claimed(shop, confirmed())
    shop.advance(seconds=CLAIM.total_seconds() + 1)
    shop.handle(confirmed())
    assert shop.subjects() == [CONFIRMED]


def stories() -> st.SearchStrategy[list[Event]]:
    """The events of two orders, of which one ends badly, repeated and shuffled."""
    good = [event("OrderConfirmed", 3, "ord_GOOD"), event("OrderFulfilling", 4, "ord_GOOD")]
    bad = [confirmed(), cancelled()]
    everything = good + bad
    repeats = st.lists(st.sampled_from(everything), max_size=8)
    return repeats.flatmap(lambda more: st.permutations([*everything, *more]))


@given(stories(), st.sets(st.integers(0, 11)))
def test_any_order_and_repetition_gives_one_record_and_at_most_one_message_an_event(
    deliveries: list[Event], failing: set[int]
) -> None:
    shop = Shop()
    queue = list(deliveries)
    count = 0
    while queue:  # as the queue does: what raises comes back
        each = queue.pop(0)
        shop.mailer.before = fails if count in failing else lambda _: None
        count += 1
        try:
            shop.handle(each)
        except TransientError:
            queue.append(each)
    assert shop.statuses("ord_GOOD") == {"OrderConfirmed": "SENT", "OrderFulfilling": "SENT"}
    bad = shop.statuses(ORDER)
    assert bad["OrderCancelled"] == "SENT"
    sent = [(message.subject, message.to) for message in shop.mailer.taken]
    assert len(sent) == len(set(sent)) == 3 + (bad["OrderConfirmed"] == "SENT")
    of_bad = [subject.partition(":")[0] for subject, _ in sent if ORDER in subject]
    assert of_bad[-1] == WAS_CANCELLED
