"""What customers read."""

from typing import Any

import pytest

from kernel.mail import Message
from kernel.money import Money
from notifications import wording
from tests.unit.notifications.support import EMAIL, ORDER, cancelled, confirmed, event, fulfilling


def composed(what: Any) -> Message:
    message = wording.compose(what)
    assert message is not None
    return message


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(1250, "GBP"), "£12.50"),
        (Money(5, "GBP"), "£0.05"),
        (Money(0, "EUR"), "€0.00"),
        (Money(123_456_789, "USD"), "$1,234,567.89"),
        (Money(1250, "JPY"), "¥1,250"),
        (Money(1250, "BHD"), "1.250 BHD"),
        (Money(1250, "CHF"), "12.50 CHF"),
        (Money(125_000, "PLN"), "1,250.00 zł"),
        (Money(-1250, "GBP"), "-£12.50"),
        (Money(-1250, "CHF"), "-12.50 CHF"),
    ],
)
def test_money_is_written_as_its_currency_is(money: Money, text: str) -> None:
    assert wording.formatted(money) == text


def test_a_confirmation_names_order_and_total() -> None:
    message = composed(confirmed())
    assert message.to == EMAIL
    assert message.subject == f"Your order is confirmed: {ORDER}"
    for body in (message.text, message.html):
        assert "Total: £1,250.50" in body
        assert ORDER in body


def test_a_parcel_is_announced_with_its_tracking_number() -> None:
    message = composed(fulfilling())
    assert message.subject.startswith("Your order is on its way")
    assert "tracking number is SB123" in message.text


@pytest.mark.parametrize("shipment", [None, {}])
def test_without_a_parcel_nothing_is_on_its_way(shipment: Any) -> None:
    message = composed(fulfilling(shipment=shipment))
    assert message.subject.startswith("Your order is being prepared")
    assert "tracking" not in message.text


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        ("NONE", "You have not been charged."),
        ("DECLINED", "You have not been charged."),
        ("VOIDED", "The amount that was held on your card has been released."),
        ("REFUNDED", "Your payment has been refunded."),
    ],
)
def test_a_cancellation_says_why_and_what_became_of_the_money(status: str, sentence: str) -> None:
    text = composed(cancelled(payment={"status": status, "payment_id": None})).text
    assert "The reason: The payment was declined." in text
    assert sentence in text


@pytest.mark.parametrize(
    "data", [{"payment": None}, {"payment": {"status": "CAPTURED"}}, {"detail": ""}, {"total": None}]
)
def test_a_cancellation_claims_nothing_that_it_does_not_know(data: dict[str, Any]) -> None:
    text = composed(cancelled(**{"payment": {}, **data})).text
    assert "charged" not in text
    assert "refunded" not in text
    assert "None" not in text


def test_what_the_order_says_is_text_in_the_html() -> None:
    message = composed(cancelled(detail='<script>alert("1")</script> & <b>more</b>'))
    assert "<script>" not in message.html
    assert "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &lt;b&gt;" in message.html
    assert '<script>alert("1")</script>' in message.text


@pytest.mark.parametrize("extra", [{"unheard_of": 1}, {"total": None}, {"customer_id": "usr_1"}])
def test_fields_that_come_or_go_do_not_matter(extra: dict[str, Any]) -> None:
    assert composed(confirmed(**extra)).subject.startswith("Your order is confirmed")


@pytest.mark.parametrize("email", [None, ""])
def test_without_an_address_there_is_nobody_to_tell(email: str | None) -> None:
    assert wording.compose(confirmed(email=email)) is None


@pytest.mark.parametrize("name", ["OrderPlaced", "OrderParked", "SomethingNew"])
def test_other_events_are_nobodys_news(name: str) -> None:
    assert wording.compose(event(name, 1)) is None
