"""Refresh tokens are good once; what comes twice ends the session; logging out and a new password end access."""

from contextlib import suppress
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.errors import InvalidCredentials, InvalidRefreshToken, TooManyAttempts
from identity.model import REFRESH_TOKEN_LIFE, Status
from kernel.errors import ValidationFailed
from tests.unit.identity.support import EMAIL, PASSWORD, SOURCE, Identity, opened

NEW = "an even better horse and battery"


def signed_in(identity: Identity) -> str:
    if EMAIL not in identity.users.users:
        identity.register(EMAIL, PASSWORD, "Ada", SOURCE)
    return identity.accounts.login(EMAIL, PASSWORD, SOURCE).refresh_token


def refused(identity: Identity, token: str) -> bool:
    with pytest.raises(InvalidRefreshToken):
        identity.sessions.refresh(token)
    return True


def test_a_refresh_gives_another_pair_of_the_same_session() -> None:
    identity = Identity()
    first = identity.register(EMAIL, PASSWORD, "Ada", SOURCE)
    following = identity.sessions.refresh(first.refresh_token)
    assert following.user_id == first.user_id
    assert following.refresh_token != first.refresh_token
    assert opened(following.access_token)[1]["sid"] == opened(first.access_token)[1]["sid"]
    assert identity.sessions.refresh(following.refresh_token).user_id == first.user_id


def test_a_replayed_token_ends_the_session_for_both() -> None:
    identity = Identity()
    stolen = signed_in(identity)
    following = identity.sessions.refresh(stolen).refresh_token
    assert refused(identity, stolen)
    assert refused(identity, following)


def test_other_sessions_go_on_when_one_is_ended() -> None:
    identity = Identity()
    one, other = signed_in(identity), signed_in(identity)
    identity.sessions.refresh(one)
    assert refused(identity, one)
    assert identity.sessions.refresh(other).user_id


@pytest.mark.parametrize(
    "token", ["", ".", "..", "usr_1", "usr_1.ses_1", "usr_1.ses_1.", "usr_1.ses_1.x", "a.b.c.d", "\x00"]
)
def test_what_is_no_token_is_refused(token: str) -> None:
    assert refused(Identity(), token)


def test_a_guessed_secret_is_refused_and_costs_the_session() -> None:
    """Who knows the ids but not the secret holds a token that was used, or forges: both end it."""
    identity = Identity()
    token = signed_in(identity)
    assert refused(identity, token.rpartition(".")[0] + ".guess")
    assert refused(identity, token)


def test_a_session_ends_thirty_days_after_the_login_however_often_it_was_refreshed() -> None:
    identity = Identity()
    token = signed_in(identity)
    for _ in range(29):
        identity.clock.advance(days=1)
        token = identity.sessions.refresh(token).refresh_token
    identity.clock.now += REFRESH_TOKEN_LIFE - timedelta(days=29)
    assert refused(identity, token)


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.INACTIVE, Status.DELETED])
def test_who_may_not_use_the_account_refreshes_nothing(status: Status) -> None:
    identity = Identity()
    token = signed_in(identity)
    identity.access.set_status(next(iter(identity.users.users.values())).user_id, status)
    assert refused(identity, token)
    assert identity.users.sessions == {} or refused(identity, token)


def test_logging_out_ends_one_session_or_all() -> None:
    identity = Identity()
    one, two, three = signed_in(identity), signed_in(identity), signed_in(identity)
    identity.sessions.log_out(one)
    identity.sessions.log_out(one)
    assert refused(identity, one)
    two = identity.sessions.refresh(two).refresh_token
    identity.sessions.log_out(two, everywhere=True)
    assert refused(identity, two)
    assert refused(identity, three)


def test_a_token_that_is_not_good_logs_nobody_out_everywhere() -> None:
    identity = Identity()
    token = signed_in(identity)
    user_id = token.partition(".")[0]
    for made_up in ("", "x", f"{user_id}.ses_unknown.secret"):
        identity.sessions.log_out(made_up, everywhere=True)
    assert identity.sessions.refresh(token).user_id == user_id


@given(st.lists(st.integers(0, 30), max_size=20))
def test_at_most_one_token_of_a_session_is_good(picks: list[int]) -> None:
    identity = Identity()
    tokens = [signed_in(identity)]
    for pick in picks:
        with suppress(InvalidRefreshToken):
            tokens.append(identity.sessions.refresh(tokens[pick % len(tokens)]).refresh_token)
    live = [token for token in tokens if any(each.is_current(token) for each in identity.users.sessions.values())]
    assert len(live) <= 1


class TestChangingThePassword:
    def test_it_ends_what_the_old_one_gave(self) -> None:
        identity = Identity()
        old = identity.register(EMAIL, PASSWORD, "Ada", SOURCE)
        new = identity.accounts.change_password(old.user_id, PASSWORD, NEW, SOURCE)
        assert refused(identity, old.refresh_token)
        assert identity.sessions.refresh(new.refresh_token).user_id == old.user_id
        assert identity.users.generation(old.user_id) == opened(new.access_token)[1]["gen"]
        assert opened(old.access_token)[1]["gen"] != opened(new.access_token)[1]["gen"]
        with pytest.raises(InvalidCredentials):
            identity.accounts.login(EMAIL, PASSWORD, SOURCE)
        assert identity.accounts.login(EMAIL, NEW, SOURCE).user_id == old.user_id

    def test_it_needs_the_old_one_and_counts_wrong_ones(self) -> None:
        identity = Identity()
        user_id = identity.register(EMAIL, PASSWORD, "Ada", SOURCE).user_id
        for _ in range(10):
            with pytest.raises(InvalidCredentials):
                identity.accounts.change_password(user_id, "wrong", NEW, SOURCE)
        with pytest.raises(TooManyAttempts):
            identity.accounts.change_password(user_id, PASSWORD, NEW, SOURCE)

    def test_a_weak_one_is_refused_by_its_field(self) -> None:
        identity = Identity()
        user_id = identity.register(EMAIL, PASSWORD, "Ada", SOURCE).user_id
        with pytest.raises(ValidationFailed) as refusal:
            identity.accounts.change_password(user_id, PASSWORD, "password123", SOURCE)
        assert [error.path for error in refusal.value.errors] == ["new_password"]
