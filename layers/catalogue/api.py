"""The request bodies of the catalogue's routes."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, SkipValidation, StringConstraints, ValidationError

from catalogue.importing import Entry
from catalogue.model import Category, Details, is_rate, is_sku
from kernel.bodies import Body
from kernel.errors import FieldError, ValidationFailed
from kernel.http.body import bad_fields
from kernel.money import MAX_AMOUNT, Money, is_currency

MAX_BATCH = 500
MAX_WEIGHT_GRAMS = 10_000_000


def _sku(text: str) -> str:
    if not is_sku(text):
        raise ValueError("must be 1 to 64 letters, digits, spaces, dots, underscores or hyphens")
    return text


def _one_line(text: str) -> str:
    if not text.isprintable():
        raise ValueError("must be one line of printable text")
    return text


def _rate(text: str) -> str:
    if not is_rate(text):
        raise ValueError('must be a decimal from "0" to "1" with at most six places')
    return text


def _currency(code: str) -> str:
    if not is_currency(code):
        raise ValueError("is not a currency that is taken here")
    return code


def _category(text: str) -> str:
    Category.of(text)
    return text


Sku = Annotated[str, AfterValidator(_sku)]
Rate = Annotated[str, AfterValidator(_rate)]
Text = Annotated[str, StringConstraints(strip_whitespace=True)]


class Price(Body):
    """A list price."""

    amount: int = Field(ge=0, le=MAX_AMOUNT, description="Minor units of the currency", examples=[1250])
    currency: Annotated[str, AfterValidator(_currency)] = Field(description="ISO 4217 code", examples=["GBP"])


class ProductBody(Body):
    """A product's details."""

    name: Annotated[Text, AfterValidator(_one_line)] = Field(
        min_length=1, max_length=200, description="What it is called", examples=["Blue teapot"]
    )
    description: Text = Field(default="", max_length=2000, description="What there is to say about it")
    category: Annotated[Text, AfterValidator(_category)] = Field(
        min_length=1, max_length=64, description="Slug or name of its category", examples=["kitchen"]
    )
    price: Price
    tax_rate: Rate = Field(default="0.20", description="Decimal from 0 to 1", examples=["0.20"])
    tax_included: bool = Field(default=True, description="Whether the price contains the tax")
    discount_rate: Rate = Field(default="0", description="Decimal from 0 to 1", examples=["0.1"])
    weight_grams: int = Field(default=0, ge=0, le=MAX_WEIGHT_GRAMS, description="Weight for shipping")
    stocked: bool = Field(default=True, description="False for services, postage and charges: no stock is held")

    def details(self) -> Details:
        """The details as the model has them."""
        values: dict[str, Any] = self.model_dump(exclude={"sku", "price", "category"})
        price = Money(self.price.amount, self.price.currency)
        return Details(price=price, category=Category.of(self.category), **values)


class NewProduct(ProductBody):
    """A product to create."""

    sku: Sku = Field(description="The code that it is known by", examples=["85123A"])


class ReplaceProduct(ProductBody):
    """All details of the product that the path names."""

    sku: Sku | None = Field(default=None, description="May be left out; where it is sent it must be the path's")

    def details_of(self, sku: str) -> Details:
        """The details, once the path is found to name a product that can exist, and the one of the body."""
        if not is_sku(sku):
            raise ValidationFailed("the path does not name a SKU", errors=[FieldError("sku", "is not a SKU")])
        if self.sku not in {None, sku}:
            raise ValidationFailed("the body is of another SKU", errors=[FieldError("sku", "is not the path's")])
        return self.details()


class ProductBatch(Body):
    """Products to create or replace. Each is checked on its own: a bad one does not keep the others out."""

    products: list[SkipValidation[NewProduct]] = Field(min_length=1, max_length=MAX_BATCH)

    def entries(self) -> list[Entry]:
        """The products with what is wrong with them."""
        return [_entry(product) for product in self.products]


def _entry(raw: Any) -> Entry:
    try:
        product = NewProduct.model_validate(raw)
    except ValidationError as error:
        sku = raw.get("sku") if isinstance(raw, dict) else None
        return Entry(sku[:64] if isinstance(sku, str) else None, None, tuple(bad_fields(error)))
    return Entry(product.sku, product.details())
