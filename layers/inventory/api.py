"""The request bodies of inventory's routes."""

from typing import Annotated

from pydantic import Field, StringConstraints

from inventory.model import MAX_QUANTITY
from inventory.shards import MAX_SHARDS
from kernel.bodies import Body


class CountStock(Body):
    """What a count of the shelf found."""

    on_hand: int = Field(ge=0, le=MAX_QUANTITY, description="Units on the shelf, held ones included", examples=[120])


class AdjustStock(Body):
    """What came in or was written off."""

    delta: int = Field(
        ge=-MAX_QUANTITY, le=MAX_QUANTITY, description="Units that came in; negative for a write-off", examples=[-3]
    )
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)] = Field(
        description="Why, for the record", examples=["damaged"]
    )


class SplitStock(Body):
    """Over how many rows the stock is to be spread."""

    shards: int = Field(
        ge=1,
        le=MAX_SHARDS,
        description="Rows that orders take from side by side; 1 as usual",
        examples=[8],
    )
