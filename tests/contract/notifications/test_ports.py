"""What the record of notifications promises, held by the fake and by DynamoDB."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from kernel.errors import ConflictingWrite
from kernel.events import Event
from notifications import customers, dynamo, wording
from notifications.errors import BeingSent
from notifications.fakes import MemoryNotifications
from notifications.model import CLAIM, Notification, Status
from notifications.ports import Customers, Notifications
from tests.support.aws import create_table, mocked_aws
from tests.unit.notifications.support import NOW, ORDER, cancelled, confirmed, event, fulfilling

pytestmark = pytest.mark.contract


@pytest.fixture(params=["memory", "dynamo"])
def notifications(request: pytest.FixtureRequest) -> Iterator[Notifications]:
    if request.param == "memory":
        yield MemoryNotifications()
        return
    with mocked_aws():
        create_table("agora-notifications")
        dynamo.bind("agora-notifications")
        yield dynamo.DynamoNotifications()


@pytest.fixture
def record(notifications: Notifications) -> Customers:
    """The customers' side of the same record."""
    return notifications if isinstance(notifications, MemoryNotifications) else customers.DynamoCustomers()


def note(of: Event) -> Notification:
    message = wording.compose(of)
    assert message is not None
    return Notification.of(of, message, NOW)


def statuses(notifications: Notifications) -> dict[str, Status]:
    return {each.event_name: each.status for each in notifications.of_order(ORDER)}


def test_a_claimed_notification_is_on_record_as_it_is(notifications: Notifications) -> None:
    wanted = note(confirmed())
    assert notifications.claim(wanted, NOW)
    assert notifications.of_order(ORDER) == [wanted]
    assert notifications.of_order("ord_OTHER") == []


def test_a_completed_one_is_never_claimed_again(notifications: Notifications) -> None:
    wanted = note(confirmed())
    assert notifications.claim(wanted, NOW)
    later = NOW + timedelta(seconds=1)
    notifications.complete(wanted, "message-1", later)
    assert notifications.of_order(ORDER) == [wanted.sent("message-1", later)]
    assert not notifications.claim(wanted, NOW)
    assert not notifications.claim(wanted, NOW + timedelta(days=1))


def test_a_claim_holds_until_it_lapses(notifications: Notifications) -> None:
    wanted = note(confirmed())
    assert notifications.claim(wanted, NOW)
    with pytest.raises(BeingSent):
        notifications.claim(wanted, NOW + CLAIM - timedelta(seconds=1))
    assert notifications.claim(wanted, NOW + CLAIM + timedelta(seconds=1))


def test_a_released_one_can_be_claimed_at_once(notifications: Notifications) -> None:
    wanted = note(confirmed())
    assert notifications.claim(wanted, NOW)
    notifications.release(wanted)
    assert notifications.claim(wanted, NOW)


def test_of_many_claims_at_once_one_wins(notifications: Notifications) -> None:
    wanted = note(confirmed())

    def claim(_: int) -> bool:
        try:
            return notifications.claim(wanted, NOW)
        except BeingSent:
            return False

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(claim, range(8))) == 1


def test_after_the_cancellation_the_rest_is_superseded(notifications: Notifications) -> None:
    assert notifications.claim(note(cancelled()), NOW)
    assert not notifications.claim(note(confirmed()), NOW)
    assert not notifications.claim(note(confirmed()), NOW)
    assert not notifications.claim(note(fulfilling()), NOW)
    assert statuses(notifications) == {
        "OrderConfirmed": Status.SUPERSEDED,
        "OrderFulfilling": Status.SUPERSEDED,
        "OrderCancelled": Status.RECORDED,
    }


def test_what_was_released_is_superseded_by_a_cancellation_since(notifications: Notifications) -> None:
    late = note(confirmed())
    assert notifications.claim(late, NOW)
    notifications.release(late)
    assert notifications.claim(note(cancelled()), NOW)
    assert not notifications.claim(late, NOW)
    assert statuses(notifications)["OrderConfirmed"] is Status.SUPERSEDED


def test_what_was_sent_stays_sent_whatever_comes_after(notifications: Notifications) -> None:
    early = note(confirmed())
    assert notifications.claim(early, NOW)
    notifications.complete(early, "message-1", NOW)
    assert notifications.claim(note(cancelled()), NOW)
    assert not notifications.claim(early, NOW)
    assert statuses(notifications)["OrderConfirmed"] is Status.SENT


def test_a_cancellation_supersedes_only_what_came_before_it(notifications: Notifications) -> None:
    assert notifications.claim(note(cancelled()), NOW)
    assert notifications.claim(note(event("OrderConfirmed", 6)), NOW)


def test_an_orders_notifications_are_listed_by_sequence(notifications: Notifications) -> None:
    for each in (fulfilling(), confirmed()):
        assert notifications.claim(note(each), NOW)
    assert [each.sequence for each in notifications.of_order(ORDER)] == [3, 4]


ADA = "usr_ada"


def recorded_of(record: Customers, customer_id: str) -> set[tuple[str, str]]:
    return set(record.recorded_of(customer_id))


def test_what_is_recorded_of_a_customer_is_found_and_erased(notifications: Notifications, record: Customers) -> None:
    hers, bobs = note(confirmed(customer_id=ADA)), note(fulfilling(customer_id="usr_bob"))
    for each in (hers, bobs, note(event("OrderConfirmed", 3, "ord_GUEST"))):
        assert notifications.claim(each, NOW)
    notifications.complete(hers, "message-1", NOW)
    assert recorded_of(record, ADA) == {(hers.order_id, hers.event_id)}
    for _ in range(2):
        record.erase(ADA, [(hers.order_id, hers.event_id)])
        assert recorded_of(record, ADA) == set()
        assert notifications.of_order(ORDER) == [bobs]
    assert len(notifications.of_order("ord_GUEST")) == 1


def test_of_a_closed_customer_nothing_is_recorded_any_more(notifications: Notifications, record: Customers) -> None:
    started = note(confirmed(customer_id=ADA))
    assert notifications.claim(started, NOW)
    notifications.release(started)
    for _ in range(2):
        record.close(ADA, NOW)
    for late in (started, note(cancelled(customer_id=ADA)), note(fulfilling(customer_id=ADA))):
        assert not notifications.claim(late, NOW)
    assert [each.event_name for each in notifications.of_order(ORDER)] == ["OrderConfirmed"]
    record.erase(ADA, record.recorded_of(ADA))
    assert not notifications.claim(started, NOW)
    assert notifications.of_order(ORDER) == []
    assert notifications.claim(note(fulfilling(customer_id="usr_bob")), NOW)


def test_a_superseded_one_is_its_customers_too(notifications: Notifications, record: Customers) -> None:
    assert notifications.claim(note(cancelled(customer_id=ADA)), NOW)
    assert not notifications.claim(note(confirmed(customer_id=ADA)), NOW)
    assert len(recorded_of(record, ADA)) == 2


def test_a_message_sent_while_its_record_is_erased_is_not_recorded_after_all(
    notifications: Notifications, record: Customers
) -> None:
    sending = note(confirmed(customer_id=ADA))
    assert notifications.claim(sending, NOW)
    record.close(ADA, NOW)
    record.erase(ADA, record.recorded_of(ADA))
    with pytest.raises(ConflictingWrite):
        notifications.complete(sending, "message-1", NOW)
    assert notifications.of_order(ORDER) == []
