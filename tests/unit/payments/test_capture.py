"""Taking the money: only what was held, only once, and never on a guess."""

import pytest

from kernel.errors import UnknownOutcome
from kernel.money import Money
from payments.model import PaymentStatus
from payments.ports import ChargeStatus
from tests.unit.payments.support import PRICE, Shop


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    shop.authorise()
    return shop


def test_the_whole_amount_is_captured_once(shop: Shop) -> None:
    first = shop.capture()
    assert first.to_dict() == {"outcome": "captured", "payment_id": shop.payment.payment_id}
    assert shop.capture() == first
    assert shop.line.calls.count("capture") == 1
    assert shop.told == ["PaymentAuthorised", "PaymentCaptured"]
    assert shop.charge is not None
    assert (shop.charge.status, shop.charge.amount) == (ChargeStatus.CAPTURED, PRICE)


@pytest.mark.parametrize("total", [Money(1249, "GBP"), Money(1251, "GBP"), Money(1250, "EUR"), Money(0, "GBP")])
def test_an_amount_that_differs_from_what_was_authorised_is_not_captured(shop: Shop, total: Money) -> None:
    outcome = shop.capture(total)
    assert (outcome.outcome, outcome.reason) == ("failed", "amount_mismatch")
    assert shop.payment.status is PaymentStatus.AUTHORISED
    assert "capture" not in shop.line.calls


def test_a_captured_payment_still_compares_the_amount(shop: Shop) -> None:
    shop.capture()
    assert shop.capture(Money(1, "GBP")).reason == "amount_mismatch"


def test_a_refused_capture_can_be_voided() -> None:
    shop = Shop()
    shop.authorise("pm_card_capture_fails")
    outcome = shop.capture()
    assert (outcome.outcome, outcome.reason) == ("failed", "capture_refused")
    assert shop.capture() == outcome
    assert shop.reverse().outcome == "voided"
    assert shop.told == ["PaymentAuthorised", "PaymentVoided"]


def test_a_capture_whose_answer_was_lost_is_found(shop: Shop) -> None:
    shop.line.lose_answers["capture"] = 1
    assert shop.capture().outcome == "captured"
    assert shop.line.calls == ["authorise", "capture", "find"]


def test_a_lost_capture_is_repeated_with_its_key(shop: Shop) -> None:
    shop.line.lose_calls["capture"] = 1
    assert shop.capture().outcome == "captured"


@pytest.mark.parametrize("lost", [{"capture": 9}, {"capture": 1, "find": 1}])
def test_a_provider_that_does_not_answer_leaves_the_outcome_open(shop: Shop, lost: dict[str, int]) -> None:
    shop.line.lose_calls.update(lost)
    with pytest.raises(UnknownOutcome):
        shop.capture()
    shop.line.lose_calls.clear()
    assert shop.payment.status is PaymentStatus.AUTHORISED
    assert shop.capture().outcome == "captured"


def test_nothing_is_captured_without_an_authorisation() -> None:
    shop = Shop()
    assert shop.capture().reason == "not_authorised"
    shop.authorise("pm_card_declined")
    assert shop.capture().reason == "not_authorised"
    assert "capture" not in shop.line.calls


def test_a_reversed_payment_is_not_captured(shop: Shop) -> None:
    shop.reverse()
    assert shop.capture().reason == "payment_voided"


def test_a_reversal_in_the_middle_of_a_capture_gives_the_money_back(shop: Shop) -> None:
    """The provider took the money, and before that is recorded the saga gives the order up."""
    shop.line.meanwhile["capture"] = shop.reverse
    outcome = shop.capture()
    assert (outcome.outcome, outcome.reason) == ("failed", "payment_refunded")
    assert shop.charge is not None
    assert shop.charge.refunded == PRICE.amount
    assert shop.told == ["PaymentAuthorised", "PaymentCaptured", "PaymentRefunded"]


def test_two_captures_at_once_are_one_event(shop: Shop) -> None:
    shop.line.meanwhile["capture"] = shop.capture
    assert shop.capture().outcome == "captured"
    assert shop.told == ["PaymentAuthorised", "PaymentCaptured"]
