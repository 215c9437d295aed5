"""The request bodies of inventory's routes."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from inventory.model import MAX_QUANTITY
from inventory.shards import MAX_SHARDS

_STRICT = ConfigDict(extra="forbid", strict=True, frozen=True)


class CountStock(BaseModel):
    """What a count of the shelf found."""

    model_config = _STRICT

    on_hand: int = Field(ge=0, le=MAX_QUANTITY, description="Units on the shelf, held ones included", examples=[120])


class AdjustStock(BaseModel):
    """What came in or was written off."""

    model_config = _STRICT

    delta: int = Field(
        ge=-MAX_QUANTITY, le=MAX_QUANTITY, description="Units that came in; negative for a write-off", examples=[-3]
    )
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)] = Field(
        description="Why, for the record", examples=["damaged"]
    )


class SplitStock(BaseModel):
    """Over how many rows the stock is to be spread."""

    model_config = _STRICT

    shards: int = Field(
        ge=1,
        le=MAX_SHARDS,
        description="Rows that orders take from side by side; 1 as usual",
        examples=[8],
    )
