"""The trail in memory: for tests, with the same promises as the real one."""

from dataclasses import dataclass, field

from audit.model import Entry


@dataclass
class MemoryTrail:
    """The `Trail` port."""

    entries: dict[tuple[str, int, str], Entry] = field(default_factory=dict)

    def append(self, entry: Entry) -> None:
        self.entries.setdefault((entry.aggregate_id, entry.sequence, entry.event_id), entry)

    def of(self, aggregate_id: str) -> list[Entry]:
        return [entry for key, entry in sorted(self.entries.items()) if key[0] == aggregate_id]
