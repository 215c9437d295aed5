"""What the bodies of orders' routes take and refuse."""

from typing import Any

import pytest
from pydantic import ValidationError

from orders.api import PlaceOrder

ORDER: dict[str, Any] = {
    "lines": [{"sku": "MUG", "quantity": 1}],
    "currency": "GBP",
    "shipping_method": "collect",
    "payment_method": "pm_card_visa",
}


@pytest.mark.parametrize("email", ["ada@example.com", "a.b+c'd@mail.example.co.uk", "jürgen@bücher.example"])
def test_addresses_of_people_are_taken(email: str) -> None:
    assert PlaceOrder.model_validate({**ORDER, "email": email}, strict=False).email == email


@pytest.mark.parametrize(
    "email",
    [
        "ada",
        "ada@example",
        "ada\x00@example.com",
        "ada@exam\x7fple.com",
        "ada@example.com\r\nBcc: eve@example.com",
        "eve@example.com,ada@example.com",
        "eve,ada@example.com",
        "Ada <ada@example.com>",
        "a" * 65 + "@example.com",
        "a@" + "b" * 250 + ".com",
    ],
)
def test_what_would_reach_nobody_or_somebody_else_is_refused(email: str) -> None:
    with pytest.raises(ValidationError) as caught:
        PlaceOrder.model_validate({**ORDER, "email": email}, strict=False)
    assert [error["loc"] for error in caught.value.errors()] == [("email",)]
