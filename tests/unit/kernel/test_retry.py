"""Repeating what lost against a concurrent writer."""

import pytest

from kernel.errors import ConflictingWrite, TransientError
from kernel.retry import until_written


def test_what_lost_is_tried_again_until_it_is_written() -> None:
    outcomes = [ConflictingWrite("lost"), ConflictingWrite("lost"), None]
    tried: list[int] = []

    def attempt() -> str:
        tried.append(1)
        failure = outcomes[len(tried) - 1]
        if failure:
            raise failure
        return "written"

    assert until_written(attempt, "the order") == "written"
    assert len(tried) == 3


def test_what_never_wins_is_a_fault_that_says_what_kept_changing() -> None:
    def attempt() -> None:
        raise ConflictingWrite("lost")

    with pytest.raises(TransientError, match="the order kept changing"):
        until_written(attempt, "the order")


def test_any_other_error_is_not_tried_again() -> None:
    tried: list[int] = []

    def attempt() -> None:
        tried.append(1)
        raise TransientError("no answer")

    with pytest.raises(TransientError, match="no answer"):
        until_written(attempt, "the order")
    assert tried == [1]
