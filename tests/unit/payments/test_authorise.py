"""Holding the money: refusals, lost answers, repetition, and a reversal that was faster."""

import pytest

from kernel.errors import UnknownOutcome
from kernel.ids import new_id
from kernel.money import Money
from payments.errors import AmountMismatch, InvalidAmount
from payments.model import PaymentStatus
from payments.ports import Charge, ChargeStatus
from tests.unit.payments.support import CUSTOMER_ID, PRICE, Shop


@pytest.fixture
def shop() -> Shop:
    return Shop()


def test_an_authorised_payment_is_stored_with_its_event(shop: Shop) -> None:
    outcome = shop.authorise()
    assert outcome.to_dict() == {"outcome": "authorised", "payment_id": f"pay_{shop.order_id[4:]}"}
    payment = shop.payment
    assert (payment.status, payment.amount, payment.customer_id) == (PaymentStatus.AUTHORISED, PRICE, CUSTOMER_ID)
    assert shop.told == ["PaymentAuthorised"]
    assert shop.charge is not None
    assert shop.charge.reference == payment.reference


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        ("pm_card_declined", "card_declined"),
        ("pm_card_requires_confirmation", "requires_action"),
        ("pm_no_such_thing", "unknown_payment_method"),
        ("pm_card_timeout_before_charge", "provider_timeout"),
        (None, "payment_method_missing"),
        ("", "payment_method_missing"),
    ],
)
def test_a_refusal_is_an_outcome_with_its_reason(shop: Shop, method: str | None, reason: str) -> None:
    first = shop.authorise(method)
    assert (first.outcome, first.reason) == ("declined", reason)
    assert shop.authorise(method) == first
    assert shop.told == ["PaymentDeclined"]
    assert shop.charge is None or shop.charge.status is ChargeStatus.DECLINED


def test_what_may_be_a_card_number_goes_nowhere(shop: Shop) -> None:
    assert shop.authorise("4242424242424242").reason == "invalid_payment_method"
    assert shop.line.calls == []
    assert "4242" not in f"{shop.payments}"


def test_a_charge_whose_answer_was_lost_is_found_and_used(shop: Shop) -> None:
    assert shop.authorise("pm_card_timeout_after_charge").outcome == "authorised"
    assert shop.line.calls == ["authorise", "find"]
    assert shop.capture().outcome == "captured"


def test_a_timeout_before_the_charge_ends_without_one(shop: Shop) -> None:
    shop.authorise("pm_card_timeout_before_charge")
    assert shop.line.calls == ["authorise", "find", "authorise", "find"]
    assert shop.charge is None


def test_a_lost_call_is_repeated_with_its_key(shop: Shop) -> None:
    shop.line.lose_calls["authorise"] = 1
    assert shop.authorise().outcome == "authorised"
    assert len(shop.record.charges) == 1


def test_a_provider_that_cannot_even_be_asked_leaves_the_outcome_open(shop: Shop) -> None:
    shop.line.lose_answers.update(authorise=1, find=1)
    with pytest.raises(UnknownOutcome):
        shop.authorise()
    assert shop.told == []
    assert shop.authorise().outcome == "authorised"
    assert len(shop.record.charges) == 1


def test_a_repeated_authorise_asks_nobody(shop: Shop) -> None:
    first = shop.authorise()
    assert shop.authorise() == first
    assert shop.line.calls == ["authorise"]
    assert shop.capture().outcome == "captured"
    assert shop.authorise() == first


def test_another_amount_for_the_same_order_is_a_fault(shop: Shop) -> None:
    shop.authorise()
    with pytest.raises(AmountMismatch):
        shop.authorise(amount=Money(1251, "GBP"))
    with pytest.raises(AmountMismatch):
        shop.authorise(amount=Money(1250, "EUR"))


def test_a_provider_that_holds_another_amount_is_told_to_let_go(shop: Shop) -> None:
    real = shop.line.provider

    class Generous:
        name = "generous"

        def __getattr__(self, name: str) -> object:
            return getattr(real, name)

        def authorise(self, order_id: str, amount: Money, method: str, key: str) -> Charge:
            return real.authorise(order_id, Money(amount.amount + 1, amount.currency), method, key)

    shop.line.provider = Generous()  # type: ignore[assignment]
    outcome = shop.authorise()
    assert (outcome.outcome, outcome.reason) == ("declined", "amount_mismatch")
    assert shop.charge is not None
    assert shop.charge.status is ChargeStatus.VOIDED


def test_a_late_authorise_of_a_cancelled_order_does_not_charge(shop: Shop) -> None:
    assert shop.reverse().outcome == "nothing"
    outcome = shop.authorise()
    assert (outcome.outcome, outcome.reason) == ("declined", "payment_reversed")
    assert shop.charge is None
    assert shop.told == []


def test_a_reversal_in_the_middle_of_an_authorise_wins(shop: Shop) -> None:
    """The charge is made, and before it is recorded the saga gives the order up."""
    shop.line.meanwhile["authorise"] = shop.reverse
    assert shop.authorise().outcome == "declined"
    assert shop.charge is not None
    assert shop.charge.status is ChargeStatus.VOIDED
    assert shop.payment.status is PaymentStatus.VOIDED


def test_a_reversal_that_saw_nothing_is_respected_by_the_late_charge(shop: Shop) -> None:
    real = shop.line.provider

    class Slow:
        name = "slow"

        def __getattr__(self, name: str) -> object:
            return getattr(real, name)

        def authorise(self, order_id: str, amount: Money, method: str, key: str) -> Charge:
            shop.reverse()
            return real.authorise(order_id, amount, method, key)

    shop.line.provider = Slow()  # type: ignore[assignment]
    assert shop.authorise().reason == "payment_reversed"
    assert shop.charge is not None
    assert shop.charge.status is ChargeStatus.VOIDED


def test_two_authorises_at_once_are_one_charge_and_one_event(shop: Shop) -> None:
    shop.line.meanwhile["authorise"] = shop.authorise
    assert shop.authorise().outcome == "authorised"
    assert shop.told == ["PaymentAuthorised"]
    assert len(shop.record.charges) == 1


def test_an_order_that_costs_nothing_asks_no_provider(shop: Shop) -> None:
    nothing = Money(0, "GBP")
    assert shop.authorise(None, nothing).outcome == "authorised"
    assert shop.capture(nothing).outcome == "captured"
    assert shop.reverse().outcome == "refunded"
    assert shop.record.charges == {}
    assert shop.payment.status is PaymentStatus.REFUNDED


def test_a_negative_amount_is_a_fault(shop: Shop) -> None:
    with pytest.raises(InvalidAmount):
        shop.authorise(amount=Money(-1, "GBP"))
    assert shop.payments.stored == {}


def test_orders_do_not_share_a_payment(shop: Shop) -> None:
    shop.authorise()
    shop.order_id = new_id("ord")
    shop.authorise("pm_card_declined")
    assert {payment.status for payment in shop.payments.stored.values()} == {
        PaymentStatus.AUTHORISED,
        PaymentStatus.DECLINED,
    }
