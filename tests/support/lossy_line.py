"""A line to somebody else's service on which calls and answers can be lost."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import ClassVar, TypeVar

T = TypeVar("T")


@dataclass(kw_only=True)
class LossyLine:
    """`lose_answers` and `lose_calls` say how often which call is lost; `calls` is a log.

    `meanwhile` runs once after a call of that name has taken effect: what another task does at that moment.
    """

    timeout: ClassVar[type[Exception]]
    lose_answers: dict[str, int] = field(default_factory=dict)
    lose_calls: dict[str, int] = field(default_factory=dict)
    meanwhile: dict[str, Callable[[], object]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    name: str = "sandbox"

    def send(self, name: str, call: Callable[[], T]) -> T:
        """Make the call named so, unless it or its answer is to be lost: then raise `timeout`."""
        self.calls.append(name)
        if self._lost(self.lose_calls, name):
            raise self.timeout(f"the call {name} was lost")
        answer = call()
        if name in self.meanwhile:
            self.meanwhile.pop(name)()
        if self._lost(self.lose_answers, name):
            raise self.timeout(f"the answer to {name} was lost")
        return answer

    @staticmethod
    def _lost(plan: dict[str, int], name: str) -> bool:
        left = plan.get(name, 0)
        plan[name] = max(left - 1, 0)
        return left > 0
