"""The one exception of the local stack's tooling that a person is meant to read."""

from __future__ import annotations


class LocalStackError(Exception):
    """Something went wrong, and `advice` says what to do about it."""

    def __init__(self, problem: str, advice: str = "", detail: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.advice = advice
        self.detail = detail

    def __str__(self) -> str:
        return "\n".join(part for part in (self.problem, self.detail, self.advice) if part)
