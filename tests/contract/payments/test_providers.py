"""What every payment provider promises: the sandbox on both its records, and Stripe on a server that speaks like it."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from kernel.ids import new_id
from kernel.money import Money
from payments.errors import ProviderRefused, ProviderTimeout
from payments.ports import Charge, ChargeStatus, PaymentProvider
from tests.unit.payments.support import PRICE, Line, Shop

pytestmark = pytest.mark.contract


@pytest.fixture
def order_id() -> str:
    return new_id("ord")


def authorised(provider: PaymentProvider, order_id: str, method: str = "pm_card_visa") -> Charge:
    return provider.authorise(order_id, PRICE, method, f"{order_id}:authorise")


def captured(provider: PaymentProvider, order_id: str) -> Charge:
    return provider.capture(authorised(provider, order_id).reference, PRICE, f"{order_id}:capture")


def found(provider: PaymentProvider, order_id: str) -> Charge:
    charge = provider.find(order_id)
    assert charge is not None
    return charge


def test_an_unknown_order_has_no_charge(provider: PaymentProvider, order_id: str) -> None:
    assert provider.find(order_id) is None


def test_an_authorised_amount_is_held_and_found(provider: PaymentProvider, order_id: str) -> None:
    charge = authorised(provider, order_id)
    assert (charge.status, charge.amount, charge.refunded) == (ChargeStatus.AUTHORISED, PRICE, 0)
    assert found(provider, order_id) == charge
    assert provider.find(new_id("ord")) is None


def test_a_repeated_authorise_is_the_same_charge(provider: PaymentProvider, order_id: str) -> None:
    assert authorised(provider, order_id) == authorised(provider, order_id)


@pytest.mark.parametrize("method", ["pm_card_declined", "pm_card_requires_confirmation"])
def test_a_declined_charge_says_why_and_holds_nothing(provider: PaymentProvider, order_id: str, method: str) -> None:
    charge = authorised(provider, order_id, method)
    assert charge.status is ChargeStatus.DECLINED
    assert charge.reason
    known = provider.find(order_id)
    assert known is None or known.status in {ChargeStatus.DECLINED, ChargeStatus.VOIDED}
    with pytest.raises(ProviderRefused):
        provider.capture(charge.reference, PRICE, "any key")


def test_a_timeout_before_the_charge_leaves_none(provider: PaymentProvider, order_id: str) -> None:
    for _ in range(2):
        with pytest.raises(ProviderTimeout):
            authorised(provider, order_id, "pm_card_timeout_before_charge")
    assert provider.find(order_id) is None


def test_a_timeout_after_the_charge_leaves_it(provider: PaymentProvider, order_id: str) -> None:
    with pytest.raises(ProviderTimeout):
        authorised(provider, order_id, "pm_card_timeout_after_charge")
    charge = found(provider, order_id)
    assert (charge.status, charge.amount) == (ChargeStatus.AUTHORISED, PRICE)
    assert provider.capture(charge.reference, PRICE, "capture").status is ChargeStatus.CAPTURED


def test_a_capture_takes_what_was_held_once(provider: PaymentProvider, order_id: str) -> None:
    charge = captured(provider, order_id)
    assert (charge.status, charge.amount) == (ChargeStatus.CAPTURED, PRICE)
    assert captured(provider, order_id) == charge
    assert found(provider, order_id) == charge


def test_a_refused_capture_leaves_the_amount_held(provider: PaymentProvider, order_id: str) -> None:
    charge = authorised(provider, order_id, "pm_card_capture_fails")
    for _ in range(2):
        with pytest.raises(ProviderRefused) as caught:
            provider.capture(charge.reference, PRICE, "capture")
        assert caught.value.reason
    assert found(provider, order_id).status is ChargeStatus.AUTHORISED


def test_more_than_was_held_cannot_be_captured(provider: PaymentProvider, order_id: str) -> None:
    charge = authorised(provider, order_id)
    with pytest.raises(ProviderRefused):
        provider.capture(charge.reference, Money(PRICE.amount + 1, "GBP"), "capture")
    assert found(provider, order_id).status is ChargeStatus.AUTHORISED


def test_a_voided_charge_is_gone_for_good(provider: PaymentProvider, order_id: str) -> None:
    charge = authorised(provider, order_id)
    for _ in range(2):
        assert provider.void(charge.reference, f"{order_id}:void").status is ChargeStatus.VOIDED
    assert found(provider, order_id).status is ChargeStatus.VOIDED
    with pytest.raises(ProviderRefused):
        provider.capture(charge.reference, PRICE, f"{order_id}:capture")
    with pytest.raises(ProviderRefused):
        provider.refund(charge.reference, PRICE, f"{order_id}:refund")


def test_what_was_taken_cannot_be_voided(provider: PaymentProvider, order_id: str) -> None:
    charge = captured(provider, order_id)
    with pytest.raises(ProviderRefused):
        provider.void(charge.reference, f"{order_id}:void")


def test_refunds_are_keyed_and_add_up(provider: PaymentProvider, order_id: str) -> None:
    charge = captured(provider, order_id)
    part = Money(500, "GBP")
    for key in ("a", "a", "b"):
        provider.refund(charge.reference, part, f"{order_id}:{key}")
    assert found(provider, order_id).refunded == 1000
    with pytest.raises(ProviderRefused):
        provider.refund(charge.reference, part, f"{order_id}:c")
    rest = provider.refund(charge.reference, Money(250, "GBP"), f"{order_id}:d")
    assert (rest.status, rest.amount, rest.refunded) == (ChargeStatus.CAPTURED, PRICE, PRICE.amount)


def test_a_key_cannot_stand_for_two_things(provider: PaymentProvider, order_id: str) -> None:
    charge = captured(provider, order_id)
    provider.refund(charge.reference, Money(1, "GBP"), "key")
    with pytest.raises(ProviderRefused):
        provider.refund(charge.reference, Money(2, "GBP"), "key")
    assert found(provider, order_id).refunded == 1


def test_what_is_not_there_cannot_be_moved(provider: PaymentProvider) -> None:
    with pytest.raises(ProviderRefused):
        provider.capture("nothing", PRICE, "a")
    with pytest.raises(ProviderRefused):
        provider.void("nothing", "b")
    with pytest.raises(ProviderRefused):
        provider.refund("nothing", PRICE, "c")


def test_refunds_at_once_never_exceed_the_capture(provider: PaymentProvider, order_id: str) -> None:
    charge = captured(provider, order_id)

    def refund(index: int) -> int:
        try:
            provider.refund(charge.reference, Money(400, "GBP"), f"{order_id}:{index}")
        except (ProviderRefused, ProviderTimeout):
            return 0
        return 400

    with ThreadPoolExecutor(4) as pool:
        given = sum(pool.map(refund, range(6)))
    assert found(provider, order_id).refunded == given <= PRICE.amount


@pytest.mark.parametrize(
    ("method", "steps"),
    [
        ("pm_card_visa", ["authorised", "captured", "refunded"]),
        ("pm_card_declined", ["declined", "failed", "declined"]),
        ("pm_card_requires_confirmation", ["declined", "failed", "declined"]),
        ("pm_card_timeout_before_charge", ["declined", "failed", "declined"]),
        ("pm_card_timeout_after_charge", ["authorised", "captured", "refunded"]),
        ("pm_card_capture_fails", ["authorised", "failed", "voided"]),
    ],
)
def test_the_saga_sees_the_same_of_each_provider(provider: PaymentProvider, method: str, steps: list[str]) -> None:
    shop = Shop()
    shop.line = Line(provider)
    assert [shop.authorise(method).outcome, shop.capture().outcome, shop.reverse().outcome] == steps
    assert shop.reverse().outcome == steps[-1]
