"""What a store of payments promises, in memory and in DynamoDB."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from kernel import dynamo
from kernel.errors import ConflictingWrite
from kernel.events import Event
from kernel.ids import new_id
from kernel.money import Money
from payments import events
from payments.dynamo import DynamoPayments, PaymentEventItem
from payments.fakes import MemoryPayments
from payments.model import Payment
from payments.ports import Payments
from tests.unit.payments.support import CUSTOMER_ID, NOW, PRICE

pytestmark = pytest.mark.contract


@pytest.fixture
def payment() -> Payment:
    new = Payment.of_order(
        new_id("ord"), NOW, amount=PRICE, customer_id=CUSTOMER_ID, method="pm_card_visa", provider="sandbox"
    )
    return new.authorised("sbx_1", NOW)


def told(payments: Payments, payment: Payment) -> list[str]:
    """The names of the stored events of one payment, in order."""
    if isinstance(payments, MemoryPayments):
        return [event.name for event in payments.events if event.aggregate_id == payment.payment_id]
    assert isinstance(payments, DynamoPayments)
    with dynamo.translated_errors():
        found = PaymentEventItem.query(f"PAYMENT#{payment.payment_id}", PaymentEventItem.sk.startswith("EVENT#"))
        return [item.to_event().name for item in found]


def test_an_unknown_payment_is_none(payments: Payments) -> None:
    assert payments.get("pay_01JD7Z8Q0R9V4M2T6X8Y0A1B2C") is None


def test_what_is_saved_is_read_back_whole(payments: Payments, payment: Payment) -> None:
    payments.save(payment, 0, [events.authorised(payment)])
    assert payments.get(payment.payment_id) == payment
    after = payment.captured(NOW)
    with_refunds = after.refund_started("a", Money(1, "GBP"), NOW).refund_started("b", Money(2, "GBP"), NOW)
    payments.save(after, payment.version, [events.captured(after)])
    payments.save(replace(with_refunds, version=after.version + 1), after.version)
    done = replace(with_refunds, version=after.version + 1).refund_done("a", NOW)
    payments.save(done, after.version + 1, [events.refunded(done, done.refunds[0])])
    assert payments.get(payment.payment_id) == done
    assert told(payments, payment) == ["PaymentAuthorised", "PaymentCaptured", "PaymentRefunded"]


def test_a_guests_declined_payment_and_a_tombstone_are_read_back_whole(payments: Payments) -> None:
    declined = Payment.of_order(new_id("ord"), NOW, amount=Money(0, "JPY")).declined("payment_method_missing", NOW)
    tombstone = Payment.of_order(new_id("ord"), NOW).voided("order_cancelled", NOW)
    for each in (declined, tombstone):
        payments.save(each, 0)
        assert payments.get(each.payment_id) == each


def test_a_payment_is_not_made_twice(payments: Payments, payment: Payment) -> None:
    payments.save(payment, 0, [events.authorised(payment)])
    again = replace(payment, reference="another")
    with pytest.raises(ConflictingWrite):
        payments.save(again, 0, [events.authorised(again)])
    assert payments.get(payment.payment_id) == payment
    assert told(payments, payment) == ["PaymentAuthorised"]


def test_a_stale_write_loses_and_tells_no_event(payments: Payments, payment: Payment) -> None:
    payments.save(payment, 0, [events.authorised(payment)])
    captured, voided = payment.captured(NOW), payment.voided("order_cancelled", NOW)
    payments.save(captured, payment.version, [events.captured(captured)])
    with pytest.raises(ConflictingWrite):
        payments.save(voided, payment.version, [events.voided(voided)])
    assert payments.get(payment.payment_id) == captured
    assert told(payments, payment) == ["PaymentAuthorised", "PaymentCaptured"]


def test_what_was_never_there_cannot_be_changed(payments: Payments, payment: Payment) -> None:
    with pytest.raises(ConflictingWrite):
        payments.save(payment.captured(NOW), payment.version)
    assert payments.get(payment.payment_id) is None


def test_an_event_that_is_told_already_stops_the_write(payments: Payments, payment: Payment) -> None:
    payments.save(payment, 0, [events.authorised(payment)])
    captured = payment.captured(NOW)
    twice: list[Event] = [replace(events.captured(captured), sequence=1)]
    with pytest.raises(ConflictingWrite):
        payments.save(captured, payment.version, twice)
    assert payments.get(payment.payment_id) == payment


def test_of_many_writers_at_once_one_wins(payments: Payments, payment: Payment) -> None:
    payments.save(payment, 0, [events.authorised(payment)])

    def capture(_: int) -> bool:
        after = payment.captured(NOW)
        try:
            payments.save(after, payment.version, [events.captured(after)])
        except ConflictingWrite:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(capture, range(8))) == 1
    assert told(payments, payment) == ["PaymentAuthorised", "PaymentCaptured"]
