"""What attempts are counted of."""

from datetime import UTC, datetime

import pytest

from identity.throttle import WINDOW_SECONDS, Subject, Window


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


@pytest.mark.parametrize("second", [0, 1, 450, 899])
def test_a_window_holds_its_moments_and_ends(second: int) -> None:
    start = datetime(2026, 11, 21, 9, 15, tzinfo=UTC)
    now = datetime.fromtimestamp(start.timestamp() + second, tz=UTC)
    window = Window.at(now)
    assert window.start == int(start.timestamp())
    assert window.seconds_left(now) == WINDOW_SECONDS - second
