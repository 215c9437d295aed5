"""Bodies of the routes under /api-keys."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from access.model import MAX_OVERLAP_HOURS


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _printable(text: str) -> str:
    if not text.isprintable() or text != text.strip():
        raise ValueError("must be printable text without spaces around it")
    return text


Plan = Literal["free", "partner", "internal"]


class NewApiKey(_Body):
    """A key to make."""

    name: Annotated[str, Field(min_length=1, max_length=100), AfterValidator(_printable)] = Field(
        description="Who it is for", examples=["Till of the London shop"]
    )
    plan: Plan = Field(description="The usage plan that its requests count against", examples=["partner"])
    description: Annotated[str, Field(max_length=300), AfterValidator(_printable)] = Field(
        default="", examples=["Asked for by Ada on 3 November"]
    )


class RotateApiKey(_Body):
    """How to change a key's value."""

    overlap_hours: int = Field(
        default=24,
        ge=0,
        le=MAX_OVERLAP_HOURS,
        description="How long the present value is good beside the new one; 0 ends it now",
        examples=[24],
    )
