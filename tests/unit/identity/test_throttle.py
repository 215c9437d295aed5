"""What attempts are counted of."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.errors import TooManyAttempts
from identity.fakes import MemoryAttempts
from identity.throttle import WINDOW_SECONDS, Subject, Window
from tests.unit.identity.support import Clock


def test_a_key_holds_no_personal_data() -> None:
    assert "ada" not in Subject.account("ada@example.com").key
    assert "203.0.113" not in Subject.source("203.0.113.7").key


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("203.0.113.7", "203.0.113.8", False),
        ("", "", True),
    ],
)
def test_one_subscriber_is_one_source(one: str, other: str, same: bool) -> None:
    assert (Subject.source(one) == Subject.source(other)) is same


def test_an_account_and_a_source_never_share_a_counter() -> None:
    assert Subject.account("203.0.113.7").key != Subject.source("203.0.113.7").key


@given(st.lists(st.tuples(st.integers(0, 200), st.integers(1, 8)), max_size=40))
def test_no_quarter_of_the_clock_holds_more_than_the_limit(bursts: list[tuple[int, int]]) -> None:
    clock = Clock()
    attempts, subject = MemoryAttempts(clock), Subject("ACCOUNT#x", limit=5)
    for pause, tries in bursts:
        clock.advance(seconds=pause)
        for _ in range(tries):
            with suppress(TooManyAttempts):
                attempts.take(subject)
        counted = [count for (_, start), count in attempts.counts.items() if start == Window.at(clock()).start]
        assert sum(counted) <= subject.limit


@given(st.integers(1, 20), st.integers(0, 20), st.integers(0, 899), st.data())
def test_who_waits_as_told_gets_a_place_and_not_a_second_earlier(
    limit: int, before: int, elapsed: int, data: st.DataObject
) -> None:
    before = min(before, limit)
    window = Window(0, elapsed)
    present = window.places(limit, before)  # the next one is refused
    wait = window.wait(limit, before, present)
    assert has_place(limit, before, present, elapsed + wait)
    if wait > 1:
        assert not has_place(limit, before, present, elapsed + data.draw(st.integers(0, wait - 1)))


def has_place(limit: int, before: int, present: int, second: int) -> bool:
    """Whether there is a place `second` seconds after the present quarter began, if nobody else tries."""
    if second < WINDOW_SECONDS:
        return present < Window(0, second).places(limit, before)
    return Window(WINDOW_SECONDS, second - WINDOW_SECONDS).places(limit, present) > 0


def test_the_turn_of_a_quarter_gives_no_second_helping() -> None:
    assert Window(0, 0).places(10, before=10) == 0
    assert Window(0, 450).places(10, before=10) == 5
    assert Window(0, 899).places(10, before=10) == 9
    assert Window(0, 0).places(10, before=0) == 10
