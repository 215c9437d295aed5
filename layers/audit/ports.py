"""What the audit needs from outside."""

from typing import Protocol

from audit.model import Entry


class Trail(Protocol):
    """Entries that can be added and read, and nothing else."""

    def append(self, entry: Entry) -> None:
        """Add the entry; nothing happens when it is there."""
        ...

    def of(self, aggregate_id: str) -> list[Entry]:
        """All entries of an aggregate, by sequence."""
        ...
