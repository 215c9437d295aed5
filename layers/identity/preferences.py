"""How a customer wants to be treated."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Preferences:
    """`version` is 0 for those of somebody who never said anything."""

    language: str = "en"
    currency: str | None = None
    marketing_emails: bool = False
    version: int = 0

    def to_document(self) -> dict[str, Any]:
        """As stored."""
        return {name: value for name, value in asdict(self).items() if name != "version"}

    @classmethod
    def of_document(cls, document: Mapping[str, Any], version: int) -> "Preferences":
        """The inverse of `to_document`."""
        return cls(**document, version=version)
