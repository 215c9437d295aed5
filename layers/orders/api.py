"""The bodies of orders' routes, as clients send them."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, ValidationInfo, field_validator

from kernel.bodies import Body, printable
from kernel.countries import CODES
from kernel.money import MAX_AMOUNT, Money, is_currency
from orders.application.place import Wanted
from orders.model import MAX_LINES, MAX_QUANTITY, Address, Adjustment, RequestedLine

MAX_ADJUSTMENTS = 100


def _currency(code: str) -> str:
    if not is_currency(code):
        raise ValueError("not a currency that is traded here")
    return code


def _country(code: str) -> str:
    if code not in CODES:
        raise ValueError("not an ISO 3166-1 alpha-2 country code")
    return code


Currency = Annotated[str, Field(min_length=3, max_length=3, examples=["GBP"]), AfterValidator(_currency)]
Country = Annotated[str, Field(min_length=2, max_length=2, examples=["GB"]), AfterValidator(_country)]
Sku = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[\x21-\x7e]([\x20-\x7e]*[\x21-\x7e])?$")]
_ATOM = r"[^@\s<>()\[\]\\,;:\"]"  # what would need quotes, or name a second recipient, is no guest's address
Email = Annotated[
    str,
    Field(max_length=254, pattern=rf"^{_ATOM}{{1,64}}@{_ATOM}+\.{_ATOM}+$", examples=["ada@example.com"]),
    AfterValidator(printable),
]
PaymentMethod = Annotated[str, Field(pattern=r"^pm_[A-Za-z0-9_]{1,61}$", examples=["pm_card_visa"])]


def _text(length: int, *, minimum: int = 1) -> Any:
    return Field(min_length=minimum, max_length=length)


Line100 = Annotated[str, _text(100), AfterValidator(printable)]


class Price(Body):
    """A price of one unit: not negative."""

    amount: int = Field(ge=0, le=MAX_AMOUNT, description="Minor units", examples=[1250])
    currency: Currency


class SignedSum(Body):
    """A sum to add, or, negative, to take off."""

    amount: int = Field(ge=-MAX_AMOUNT, le=MAX_AMOUNT, description="Minor units", examples=[-500])
    currency: Currency


class OrderLine(Body):
    """One line of an order. The same SKU may be on several lines."""

    sku: Sku = Field(examples=["MUG-BLUE"])
    quantity: int = Field(ge=1, le=MAX_QUANTITY, examples=[2])
    unit_price: Price | None = Field(default=None, description="Negotiated by staff; the catalogue's price otherwise")


class OrderAdjustment(Body):
    """Postage, carriage, a discount or a manual line: staff only."""

    code: Annotated[str, _text(64), AfterValidator(printable)]
    description: str = Field(default="", max_length=200)
    amount: SignedSum


class ShippingAddress(Body):
    """Where the goods go."""

    name: Line100 = Field(examples=["Ada Lovelace"])
    line1: Line100 = Field(examples=["12 St James's Square"])
    line2: Line100 | None = None
    city: Line100 = Field(examples=["London"])
    region: Line100 | None = None
    postcode: Annotated[str, _text(16), AfterValidator(printable)] = Field(examples=["SW1Y 4JH"])
    country: Country
    phone: Annotated[str, Field(pattern=r"^\+?[0-9 ()-]{3,30}$")] | None = None


class PlaceOrder(Body):
    """What to sell, where to, and how it is paid."""

    lines: tuple[OrderLine, ...] = Field(min_length=1, max_length=MAX_LINES)
    currency: Currency
    shipping_method: Annotated[str, Field(pattern="^(standard|express|collect)$", examples=["standard"])]
    shipping_address: ShippingAddress | None = Field(
        default=None, validate_default=True, description="Required unless `collect`"
    )
    payment_method: PaymentMethod | None = Field(default=None, description="Absent: pay within 15 minutes")
    email: Email | None = Field(default=None, description="Required of a guest")
    on_behalf_of: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:-]{1,64}$")] | None = Field(
        default=None, description="Staff only: the customer whose order this is"
    )
    adjustments: tuple[OrderAdjustment, ...] = Field(default=(), max_length=MAX_ADJUSTMENTS, description="Staff only")

    @field_validator("shipping_address")
    @classmethod
    def _somewhere(cls, address: ShippingAddress | None, info: ValidationInfo) -> ShippingAddress | None:
        if address is None and info.data.get("shipping_method") in ("standard", "express"):
            raise ValueError("required unless shipping_method is collect")
        return address

    @field_validator("adjustments")
    @classmethod
    def _one_currency(
        cls, adjustments: tuple[OrderAdjustment, ...], info: ValidationInfo
    ) -> tuple[OrderAdjustment, ...]:
        if any(each.amount.currency != info.data.get("currency") for each in adjustments):
            raise ValueError("must be in the order's currency")
        return adjustments

    def to_wanted(self) -> Wanted:
        """As the use case takes it."""
        address = self.shipping_address
        return Wanted(
            lines=tuple(_line(line) for line in self.lines),
            currency=self.currency,
            shipping_method=self.shipping_method,
            shipping_address=None if address is None else Address(**address.model_dump()),
            payment_method=self.payment_method,
            email=self.email,
            on_behalf_of=self.on_behalf_of,
            adjustments=tuple(Adjustment(each.code, each.description, each.amount.amount) for each in self.adjustments),
        )


class PayOrder(Body):
    """How a pay-later order is paid."""

    payment_method: PaymentMethod


def _line(line: OrderLine) -> RequestedLine:
    price = line.unit_price
    return RequestedLine(line.sku, line.quantity, None if price is None else Money(price.amount, price.currency))
