"""Who sees a payment."""

from dataclasses import replace

import pytest

from payments.application import ReadPayment
from payments.errors import PaymentNotFound
from tests.unit.payments.support import CUSTOMER_ID, Shop


@pytest.fixture
def shop() -> Shop:
    shop = Shop()
    shop.authorise()
    return shop


def test_the_owner_and_staff_see_it(shop: Shop) -> None:
    read = ReadPayment(shop.payments)
    assert read(shop.payment.payment_id, CUSTOMER_ID, staff=False) == shop.payment
    assert read(shop.payment.payment_id, "usr_somebody", staff=True) == shop.payment


@pytest.mark.parametrize("user_id", ["usr_01JD7Z8Q0R9V4M2T6X8Y0A1B2D", ""])
def test_for_anybody_else_it_does_not_exist(shop: Shop, user_id: str) -> None:
    with pytest.raises(PaymentNotFound):
        ReadPayment(shop.payments)(shop.payment.payment_id, user_id, staff=False)


@pytest.mark.parametrize("customer_id", [None, ""])
def test_a_guests_payment_is_staffs_alone(shop: Shop, customer_id: str | None) -> None:
    payment_id = shop.payment.payment_id
    shop.payments.stored[payment_id] = replace(shop.payment, customer_id=customer_id)
    with pytest.raises(PaymentNotFound):
        ReadPayment(shop.payments)(payment_id, "", staff=False)
    assert ReadPayment(shop.payments)(payment_id, "usr_somebody", staff=True).payment_id == payment_id


@pytest.mark.parametrize(
    "payment_id", ["pay_1", "ord_01JD7Z8Q0R9V4M2T6X8Y0A1B2C", "pay_01JD7Z8Q0R9V4M2T6X8Y0A1B2C", ""]
)
def test_an_unknown_or_malformed_id_is_not_found(shop: Shop, payment_id: str) -> None:
    with pytest.raises(PaymentNotFound):
        ReadPayment(shop.payments)(payment_id, CUSTOMER_ID, staff=True)
