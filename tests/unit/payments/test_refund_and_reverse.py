"""Giving money back: in part, whole, at once from several sides, and when answers are lost."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.errors import TransientError, UnknownOutcome
from kernel.money import Money
from payments.errors import (
    AmountMismatch,
    IllegalTransition,
    PaymentNotFound,
    ProviderTimeout,
    RefundExceedsCapture,
    RefundKeyReused,
    RefundRefused,
)
from payments.model import PaymentStatus
from payments.ports import ChargeStatus
from tests.unit.payments.support import PRICE, Shop


@pytest.fixture
def shop() -> Shop:
    return captured()


def captured(method: str = "pm_card_visa") -> Shop:
    shop = Shop()
    shop.authorise(method)
    shop.capture()
    return shop


def status_of(shop: Shop) -> PaymentStatus:
    return shop.payment.status


def refunded_by_provider(shop: Shop) -> int:
    charge = shop.charge
    assert charge is not None
    return charge.refunded


def test_partial_refunds_add_up_to_a_whole_one(shop: Shop) -> None:
    assert shop.refund(250, "return-1").outcome == "refunded"
    assert status_of(shop) == PaymentStatus.PARTIALLY_REFUNDED
    shop.refund(1000, "return-2")
    assert status_of(shop) == PaymentStatus.REFUNDED
    assert shop.told == ["PaymentAuthorised", "PaymentCaptured", "PaymentRefunded", "PaymentRefunded"]
    assert shop.payments.events[-1].data["refund"] == {
        "key": "return-2",
        "amount": {"amount": 1000, "currency": "GBP"},
    }
    assert refunded_by_provider(shop) == PRICE.amount


def test_two_equal_refunds_are_both_made_and_a_repeated_one_once(shop: Shop) -> None:
    for key in ("a", "b", "a", "b"):
        assert shop.refund(100, key).outcome == "refunded"
    assert refunded_by_provider(shop) == 200
    assert shop.told.count("PaymentRefunded") == 2


def test_a_key_with_another_amount_is_refused(shop: Shop) -> None:
    shop.refund(100, "a")
    with pytest.raises(RefundKeyReused):
        shop.refund(101, "a")


def test_refunds_cannot_exceed_the_capture(shop: Shop) -> None:
    shop.refund(1000, "a")
    with pytest.raises(RefundExceedsCapture):
        shop.refund(251, "b")
    assert refunded_by_provider(shop) == 1000


def test_refunds_at_once_cannot_exceed_the_capture_together(shop: Shop) -> None:
    """The second one starts while the first one is at the provider."""

    def second() -> None:
        with pytest.raises(RefundExceedsCapture):
            shop.refund(1000, "b")

    shop.line.meanwhile["refund"] = second
    shop.refund(1000, "a")
    assert refunded_by_provider(shop) == 1000
    assert shop.line.calls.count("refund") == 1


@given(st.lists(st.tuples(st.sampled_from("abcde"), st.integers(1, 900)), max_size=10), st.data())
def test_whatever_is_asked_and_lost_no_more_goes_back_than_came(
    asked: list[tuple[str, int]], data: st.DataObject
) -> None:
    shop = captured()
    for key, amount in asked:
        shop.line.lose_answers["refund"] = data.draw(st.integers(0, 3))
        try:
            shop.refund(amount, key)
        except (RefundExceedsCapture, RefundKeyReused, UnknownOutcome, IllegalTransition):
            continue
    assert refunded_by_provider(shop) <= PRICE.amount
    assert shop.payment.refunded.amount <= refunded_by_provider(shop) <= PRICE.amount - shop.payment.refundable.amount


def test_a_refund_whose_answer_was_lost_is_finished_by_its_key(shop: Shop) -> None:
    shop.line.lose_answers["refund"] = 2
    with pytest.raises(UnknownOutcome):
        shop.refund(100, "a")
    assert shop.payment.status is PaymentStatus.CAPTURED
    assert shop.payment.refundable.amount == PRICE.amount - 100
    assert shop.refund(100, "a").outcome == "refunded"
    assert refunded_by_provider(shop) == 100


def test_a_refund_that_the_provider_refuses_frees_its_amount(shop: Shop) -> None:
    # Somebody refunded in the provider's own dashboard.
    shop.line.provider.refund(shop.payment.reference, PRICE, "by hand")
    outcome = shop.refund(100, "a")
    assert (outcome.outcome, outcome.reason) == ("failed", "refund_exceeds_charge")
    assert shop.payment.refundable == PRICE
    with pytest.raises(RefundRefused):
        shop.reverse()


def test_an_unknown_payment_cannot_be_refunded() -> None:
    with pytest.raises(PaymentNotFound):
        Shop().refund(1, "a")


def test_reversing_what_is_held_voids_it() -> None:
    shop = Shop()
    shop.authorise()
    first = shop.reverse()
    assert first.outcome == "voided"
    assert shop.reverse() == first
    assert shop.told == ["PaymentAuthorised", "PaymentVoided"]
    assert shop.charge is not None
    assert shop.charge.status is ChargeStatus.VOIDED


def test_reversing_what_was_taken_refunds_it(shop: Shop) -> None:
    first = shop.reverse()
    assert first.outcome == "refunded"
    assert shop.reverse() == first
    assert refunded_by_provider(shop) == PRICE.amount
    assert shop.told[-1] == "PaymentRefunded"


def test_a_reversal_whose_refund_got_no_answer_is_finished_by_the_next(shop: Shop) -> None:
    shop.line.lose_answers["refund"] = 2
    with pytest.raises(UnknownOutcome):
        shop.reverse()
    assert shop.reverse().outcome == "refunded"
    assert refunded_by_provider(shop) == PRICE.amount
    assert shop.told.count("PaymentRefunded") == 1


def test_a_capture_of_another_amount_stops_for_a_person() -> None:
    shop = Shop()
    shop.authorise()
    reference = shop.payment.reference
    charge = shop.record.charges[reference]
    shop.record.charges[reference] = replace(charge, status=ChargeStatus.CAPTURED, amount=Money(1, "GBP"))
    with pytest.raises(AmountMismatch):
        shop.reverse()
    assert shop.payment.status is PaymentStatus.AUTHORISED


def test_reversing_after_a_partial_refund_gives_back_the_rest(shop: Shop) -> None:
    shop.refund(250, "a")
    assert shop.reverse().outcome == "refunded"
    assert shop.payment.status is PaymentStatus.REFUNDED
    assert refunded_by_provider(shop) == PRICE.amount


def test_reversing_waits_for_refunds_that_are_on_their_way(shop: Shop) -> None:
    shop.line.lose_answers["refund"] = 2
    with pytest.raises(UnknownOutcome):
        shop.refund(PRICE.amount, "a")
    with pytest.raises(TransientError):
        shop.reverse()
    shop.refund(PRICE.amount, "a")
    assert shop.reverse().outcome == "refunded"
    assert refunded_by_provider(shop) == PRICE.amount


@pytest.mark.parametrize("method", ["pm_card_declined", "pm_card_timeout_before_charge", None])
def test_reversing_what_was_declined_does_nothing(method: str | None) -> None:
    shop = Shop()
    shop.authorise(method)
    assert [shop.reverse().outcome, shop.reverse().outcome] == ["declined", "declined"]
    assert shop.payment.status is PaymentStatus.DECLINED
    assert shop.told == ["PaymentDeclined"]


def test_reversing_what_was_never_seen_writes_a_tombstone() -> None:
    shop = Shop()
    assert [shop.reverse().outcome, shop.reverse().outcome] == ["nothing", "nothing"]
    assert shop.payment.amount is None
    assert shop.told == []


def test_a_charge_that_nobody_recorded_is_found_and_voided() -> None:
    """The charge succeeded, its answer was lost, and the saga gave up before it could be asked for."""
    shop = Shop()
    shop.line.lose_answers.update(authorise=1, find=1)
    with pytest.raises(UnknownOutcome):
        shop.authorise()
    assert shop.reverse().outcome == "voided"
    assert shop.charge is not None
    assert shop.charge.status is ChargeStatus.VOIDED
    assert shop.reverse().outcome == "voided"


def test_a_capture_that_nobody_recorded_is_found_and_refunded() -> None:
    shop = Shop()
    shop.authorise()
    shop.line.lose_answers.update(capture=1, find=1)
    with pytest.raises(UnknownOutcome):
        shop.capture()
    assert shop.reverse().outcome == "refunded"
    assert shop.told == ["PaymentAuthorised", "PaymentCaptured", "PaymentRefunded"]
    assert refunded_by_provider(shop) == PRICE.amount


def test_a_charge_that_came_after_it_was_given_up_is_voided() -> None:
    shop = Shop()
    shop.authorise("pm_card_timeout_before_charge")
    shop.line.provider.authorise(shop.order_id, PRICE, "pm_card_visa", "late")
    assert shop.reverse().outcome == "voided"
    assert shop.charge is not None
    assert shop.charge.status is ChargeStatus.VOIDED
    assert shop.payment.status is PaymentStatus.DECLINED


def test_a_void_that_is_overtaken_by_a_capture_becomes_a_refund() -> None:
    shop = Shop()
    shop.authorise()
    shop.line.meanwhile["find"] = shop.capture
    assert shop.reverse().outcome == "refunded"
    assert refunded_by_provider(shop) == PRICE.amount


@pytest.mark.parametrize("call", ["find", "void"])
def test_a_reversal_that_gets_no_answer_is_repeated(call: str) -> None:
    shop = Shop()
    shop.authorise()
    shop.line.lose_answers[call] = 2 if call == "void" else 1
    with pytest.raises(UnknownOutcome):
        shop.reverse()
    assert shop.reverse().outcome == "voided"
    assert shop.told == ["PaymentAuthorised", "PaymentVoided"]


def test_money_that_only_the_provider_knows_of_stops_for_a_person() -> None:
    shop = Shop()
    shop.authorise("pm_card_declined")
    shop.record.charges.clear()
    charge = shop.line.provider.authorise(shop.order_id, PRICE, "pm_card_visa", "by hand")
    shop.line.provider.capture(charge.reference, PRICE, "by hand too")
    with pytest.raises(IllegalTransition):
        shop.reverse()


def test_events_of_a_payment_count_from_one_without_gaps(shop: Shop) -> None:
    shop.refund(100, "a")
    shop.reverse()
    assert [event.sequence for event in shop.payments.events] == [1, 2, 3, 4]


def test_a_timeout_is_not_what_the_saga_sees() -> None:
    """The saga retries by class name: the provider's own error must not get out."""
    shop = Shop()
    shop.authorise()
    shop.line.lose_calls.update(capture=9, void=9, find=9)
    for step in (shop.capture, shop.reverse):
        with pytest.raises(UnknownOutcome) as caught:
            step()
        assert not isinstance(caught.value, ProviderTimeout)
