"""A state machine as a graph, and what its tasks say of what they do and undo."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

State = dict[str, Any]

_UNDONE_BY = re.compile(r"\bUndone by (\w+)\.")
_UNDOES = re.compile(r"\bUndoes (\w+(?:, \w+)*)\.")
_HARMLESS = "No effects to undo."
_LAST_RESORT = "Last resort."
_SUBSTITUTION = re.compile(r"\$\{(\w+)\}")


class AliasFound(yaml.YAMLError):
    """The file uses a YAML alias, which CloudFormation does not resolve in a state machine."""


class _Loader(yaml.SafeLoader):
    """Safe YAML without aliases."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise AliasFound(f"line {self.line + 1}")
        return super().compose_node(parent, index)


@dataclass(frozen=True)
class Role:
    """What a task's comment says of it. Exactly one of the four holds for a task that keeps the rules."""

    undone_by: str | None = None
    undoes: tuple[str, ...] = ()
    harmless: bool = False
    last_resort: bool = False

    @property
    def is_told(self) -> bool:
        """Whether the comment says anything at all."""
        return bool(self.undone_by or self.undoes or self.harmless or self.last_resort)

    @property
    def is_forward(self) -> bool:
        """Whether the task belongs to the way forward rather than to the way back."""
        return not self.undoes and not self.last_resort


@dataclass(frozen=True)
class Machine:
    """One `<name>.asl.yaml`. `text` is the file as it is; substitutions such as `${Arn}` are still in it."""

    name: str
    text: str
    definition: dict[str, Any]

    @classmethod
    def load(cls, path: Path) -> Machine:
        """Read a file. Raises `yaml.YAMLError` where it is no YAML, or YAML with aliases."""
        text = path.read_text(encoding="utf-8")
        return cls(path.name.removesuffix(".asl.yaml"), text, yaml.load(text, Loader=_Loader))  # noqa: S506 - safe

    @cached_property
    def states(self) -> dict[str, State]:
        """Every state by name."""
        return dict(self.definition.get("States") or {})

    @cached_property
    def tasks(self) -> dict[str, State]:
        """The states that call something."""
        return {name: state for name, state in self.states.items() if state.get("Type") == "Task"}

    @cached_property
    def roles(self) -> dict[str, Role]:
        """Task to what its comment says that it does or undoes."""
        return {name: role_of(str(state.get("Comment", ""))) for name, state in self.tasks.items()}

    @property
    def substitutions(self) -> set[str]:
        """The names that the template has to fill in."""
        return set(_SUBSTITUTION.findall(self.text))

    def successors(self, name: str) -> list[str]:
        """Where a state may go by itself: its next state, or a choice's branches; not its catches."""
        state = self.states.get(name, {})
        branches = [choice.get("Next") for choice in state.get("Choices", [])]
        return [target for target in (*branches, state.get("Default"), state.get("Next")) if target]

    def catches(self, name: str) -> list[str]:
        """Where a state goes when it fails for good."""
        return [catcher["Next"] for catcher in self.states.get(name, {}).get("Catch", []) if "Next" in catcher]

    def edges(self, name: str) -> list[str]:
        """Every way out of a state."""
        return self.successors(name) + self.catches(name)

    def reachable(self, start: str, ways: Callable[[str], list[str]]) -> set[str]:
        """`start` and everything that it leads to by these ways."""
        seen: set[str] = set()
        waiting = [start]
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting.extend(ways(name))
        return seen

    def always_meets(self, start: str, target: str) -> bool:
        """Whether every way from `start` to an end goes through `target`, as long as nothing fails on it."""
        return all(target in path for path in self.paths(start))

    def paths(self, start: str, seen: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
        """Every way from a state to an end, or to where it would go round, as long as nothing fails on it."""
        path = (*seen, start)
        ahead = [name for name in self.successors(start) if name not in path]
        if not ahead:
            yield path
        for name in ahead:
            yield from self.paths(name, path)


def role_of(comment: str) -> Role:
    """Read a task's comment."""
    by, undoes = _UNDONE_BY.search(comment), _UNDOES.search(comment)
    return Role(
        undone_by=by[1] if by else None,
        undoes=tuple(undoes[1].split(", ")) if undoes else (),
        harmless=_HARMLESS in comment,
        last_resort=_LAST_RESORT in comment,
    )
