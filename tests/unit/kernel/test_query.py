"""Query strings into dataclasses."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from kernel.errors import ValidationFailed
from kernel.http import query


@dataclass(frozen=True)
class Search:
    """Every kind of parameter."""

    category: str
    limit: int = field(default=50, metadata={"ge": 1, "le": 100})
    cursor: str | None = None
    deep: bool = False
    order: str = field(default="up", metadata={"choices": ("up", "down")})
    name: str = field(default="", metadata={"min_length": 2, "max_length": 5})


def _reasons(params: dict[str, str]) -> dict[str, str]:
    with pytest.raises(ValidationFailed) as caught:
        query.parse(Search, {"category": "mugs", **params})
    return {error.path: error.reason for error in caught.value.errors}


def test_defaults() -> None:
    assert query.parse(Search, {"category": "mugs"}) == Search("mugs")


def test_every_kind_is_converted() -> None:
    given = {"category": "mugs", "limit": "7", "cursor": "abc", "deep": "true", "order": "down", "name": "blue"}
    assert query.parse(Search, given) == Search("mugs", 7, "abc", True, "down", "blue")


def test_required_parameter() -> None:
    with pytest.raises(ValidationFailed) as caught:
        query.parse(Search, {})
    assert [(error.path, error.reason) for error in caught.value.errors] == [("category", "required")]


@pytest.mark.parametrize(
    "text", ["", "x", "1.5", "1e3", " 7", "--5", "-", "٣", "²", "0x10", "9" * 19, "9" * 5000, "1_000", "+1"]
)
def test_what_is_no_integer(text: str) -> None:
    assert _reasons({"limit": text}) == {"limit": "must be an integer"}


@pytest.mark.parametrize(("text", "reason"), [("0", "at least 1"), ("-3", "at least 1"), ("101", "at most 100")])
def test_bounds(text: str, reason: str) -> None:
    assert reason in _reasons({"limit": text})["limit"]


def test_length() -> None:
    assert _reasons({"name": "a"}) == {"name": "too short"}
    assert _reasons({"name": "abcdef"}) == {"name": "too long"}


def test_all_faults_are_told_at_once() -> None:
    given = {"limit": "0", "deep": "yes", "order": "sideways", "name": "purple", "page": "2", "cursor": "x" * 2049}
    assert set(_reasons(given)) == set(given)
