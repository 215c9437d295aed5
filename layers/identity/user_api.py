"""Bodies of the routes under /users."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from identity.addresses import Place
from identity.model import Status
from identity.preferences import Preferences
from kernel.bodies import Body, printable
from kernel.countries import CODES
from kernel.money import is_currency


def _country(code: str) -> str:
    if code not in CODES:
        raise ValueError("not an ISO 3166-1 alpha-2 country code")
    return code


def _currency(code: str) -> str:
    if not is_currency(code):
        raise ValueError("not a currency that is traded here")
    return code


Line100 = Annotated[str, Field(min_length=1, max_length=100), AfterValidator(printable)]
Role = Literal["customer", "staff", "admin"]


class ChangeProfile(Body):
    """A JSON merge patch (RFC 7396): what is absent stays, null removes. The e-mail address cannot be changed."""

    name: Annotated[str, Field(min_length=1, max_length=200), AfterValidator(printable)] | None = Field(
        default=None, examples=["Ada King"]
    )

    def new_name(self) -> str | None:
        """The name, "" to have none; None to leave it."""
        return (self.name or "") if "name" in self.model_fields_set else None


class WantedAddress(Body):
    """An address: the `shipping_address` of an order, and whether it is the default."""

    name: Line100 = Field(examples=["Ada Lovelace"])
    line1: Line100 = Field(examples=["12 St James's Square"])
    line2: Line100 | None = None
    city: Line100 = Field(examples=["London"])
    region: Line100 | None = None
    postcode: Annotated[str, Field(min_length=1, max_length=16), AfterValidator(printable)] = Field(
        examples=["SW1Y 4JH"]
    )
    country: Annotated[str, Field(min_length=2, max_length=2, examples=["GB"]), AfterValidator(_country)]
    phone: Annotated[str, Field(pattern=r"^\+?[0-9 ()-]{3,30}$")] | None = None
    default: bool = Field(default=False, description="true makes it the default; the first address is it anyway")

    def place(self) -> Place:
        """As the address book takes it."""
        return Place(**self.model_dump(exclude={"default"}))


class WantedPreferences(Body):
    """How the customer wants to be treated; what is absent is as for somebody who never said anything."""

    language: str = Field(default="en", max_length=35, pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", examples=["en-GB"])
    currency: Annotated[str, Field(min_length=3, max_length=3, examples=["GBP"]), AfterValidator(_currency)] | None = (
        None
    )
    marketing_emails: bool = Field(default=False, description="Whether the customer asked for advertising")

    def preferences(self) -> Preferences:
        """As they are stored."""
        return Preferences(**self.model_dump())


class WantedStatus(Body):
    """The status to be given to an account. `deleted` is final and erases the person."""

    status: Literal["active", "inactive", "suspended", "deleted"] = Field(examples=["suspended"])
    reason: Annotated[str, Field(max_length=500), AfterValidator(printable)] = Field(
        default="", description="For other admins; erased with the account", examples=["chargebacks"]
    )

    def wanted(self) -> Status:
        """As the model has it."""
        return Status(self.status)


class WantedRoles(Body):
    """All roles that the account is to have."""

    roles: tuple[Role, ...] = Field(min_length=1, max_length=3, examples=[["customer", "staff"]])
