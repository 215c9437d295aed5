"""What the request bodies of all contexts have in common. Imports pydantic: only for routes that take a body."""

from pydantic import BaseModel, ConfigDict


class Body(BaseModel):
    """A body, or a part of one: nothing unknown in it, nothing converted, nothing changed afterwards."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def printable(text: str) -> str:
    """The text, if it is one line without spaces around it. Raises `ValueError`; for an `AfterValidator`."""
    if not text.isprintable() or text != text.strip():
        raise ValueError("must be printable text without spaces around it")
    return text
