"""Bodies of the routes under /api-keys."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from access.model import MAX_OVERLAP_HOURS
from kernel.bodies import Body, printable

Plan = Literal["free", "partner", "internal"]


class NewApiKey(Body):
    """A key to make."""

    name: Annotated[str, Field(min_length=1, max_length=100), AfterValidator(printable)] = Field(
        description="Who it is for", examples=["Till of the London shop"]
    )
    plan: Plan = Field(description="The usage plan that its requests count against", examples=["partner"])
    description: Annotated[str, Field(max_length=300), AfterValidator(printable)] = Field(
        default="", examples=["Asked for by Ada on 3 November"]
    )


class RotateApiKey(Body):
    """How to change a key's value."""

    overlap_hours: int = Field(
        default=24,
        ge=0,
        le=MAX_OVERLAP_HOURS,
        description="How long the present value is good beside the new one; 0 ends it now",
        examples=[24],
    )
