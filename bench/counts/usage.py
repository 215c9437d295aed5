"""What an invocation, or many, used of AWS."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class Usage:
    """`written`: write units by (table, index or "", partition key), each unit counted once; `calls` by operation.

    `messages` are those of the queue that the function was invoked with; bytes are of the answer to a client, of
    the published events' details, of the log lines, and of what DynamoDB holds more than before.
    """

    invocations: int = 0
    calls: Counter[str] = field(default_factory=Counter)
    read_units: float = 0.0
    written: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    stored_bytes: int = 0
    events: int = 0
    event_bytes: int = 0
    messages: int = 0
    mails: int = 0
    answer_bytes: int = 0
    log_bytes: int = 0

    @property
    def write_units(self) -> int:
        """All write units, those of indexes included."""
        return sum(self.written.values())

    @property
    def dynamodb_calls(self) -> int:
        """Requests to DynamoDB."""
        return sum(count for name, count in self.calls.items() if name.startswith("dynamodb:"))

    def add(self, other: "Usage") -> None:
        """Count another's usage in."""
        self.invocations += other.invocations
        self.calls.update(other.calls)
        self.read_units += other.read_units
        self.written.update(other.written)
        self.stored_bytes += other.stored_bytes
        self.events += other.events
        self.event_bytes += other.event_bytes
        self.messages += other.messages
        self.mails += other.mails
        self.answer_bytes += other.answer_bytes
        self.log_bytes += other.log_bytes


def total(several: Iterable[Usage]) -> Usage:
    """The sum of usages."""
    found = Usage()
    for each in several:
        found.add(each)
    return found
