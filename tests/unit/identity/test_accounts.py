"""Registration, login and grants, on fakes."""

import pytest

from identity.application.accounts import DUMMY_HASH
from identity.errors import InvalidCredentials, TooManyAttempts, UnknownRole
from identity.passwords import Argon2Hasher
from kernel.errors import ValidationFailed
from tests.unit.identity.support import EMAIL, PASSWORD, SOURCE, Identity

WRONG = "wrong horse battery staple"


@pytest.fixture
def identity() -> Identity:
    return Identity()


def test_registration_creates_a_customer_with_a_session_and_an_event(identity: Identity) -> None:
    signed_in = identity.register(EMAIL, PASSWORD, "Ada", SOURCE)
    user = identity.users.users[EMAIL]
    assert signed_in.user_id == user.user_id
    assert signed_in.expires_in == 900
    assert [event.name for event in identity.users.events] == ["UserRegistered"]
    assert [session.is_current(signed_in.refresh_token) for session in identity.users.sessions.values()] == [True]


def test_the_password_is_kept_as_a_hash_only(identity: Identity) -> None:
    identity.register(EMAIL, PASSWORD, "Ada", SOURCE)
    assert PASSWORD not in str(vars(identity.users))
    assert identity.users.users[EMAIL].password_hash.startswith("$argon2id$")


def test_the_access_token_says_who_and_what(identity: Identity) -> None:
    signed_in = identity.register(EMAIL, PASSWORD, "Ada", SOURCE)
    known = identity.verifier().verify(signed_in.access_token)
    assert (known.user_id, known.email, known.roles) == (signed_in.user_id, EMAIL, ("customer",))
    assert set(known.scopes) == {"orders:place", "orders:read", "payments:read"}


def test_a_weak_password_is_refused_before_anything_is_stored(identity: Identity) -> None:
    with pytest.raises(ValidationFailed) as refused:
        identity.register(EMAIL, "password123", "Ada", SOURCE)
    assert [error.path for error in refused.value.errors] == ["password"]
    assert not identity.users.users


def test_login_opens_a_session_of_its_own(identity: Identity) -> None:
    registered = identity.register(EMAIL, PASSWORD, "Ada", SOURCE)
    signed_in = identity.accounts.login(EMAIL, PASSWORD, SOURCE)
    assert signed_in.user_id == registered.user_id
    assert len(identity.users.sessions) == 2


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.com"])
def test_a_failed_login_says_the_same_whether_the_account_exists(identity: Identity, email: str) -> None:
    identity.register(EMAIL, PASSWORD, "Ada", SOURCE)
    with pytest.raises(InvalidCredentials) as refused:
        identity.accounts.login(email, WRONG, SOURCE)
    assert refused.value.detail == "no account has this e-mail address and password"


def test_a_login_on_an_unknown_account_verifies_a_hash_all_the_same(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []

    def verify(_: Argon2Hasher, password_hash: str, __: str) -> bool:
        compared.append(password_hash)
        return True

    monkeypatch.setattr(Argon2Hasher, "verify", verify)
    with pytest.raises(InvalidCredentials):
        identity.accounts.login("nobody@example.com", WRONG, SOURCE)
    assert compared == [DUMMY_HASH]


def test_nobody_logs_in_with_the_password_of_no_account(identity: Identity) -> None:
    with pytest.raises(InvalidCredentials):
        identity.accounts.login("nobody@example.com", "", SOURCE)


@pytest.mark.parametrize("email", [EMAIL, "nobody@example.com"])
def test_an_account_gets_ten_failures_then_a_rest(identity: Identity, email: str) -> None:
    identity.register(EMAIL, PASSWORD, "Ada", SOURCE)
    for attempt in range(10):
        with pytest.raises(InvalidCredentials):
            identity.accounts.login(email, WRONG, f"203.0.113.{attempt}")
    with pytest.raises(TooManyAttempts) as refused:
        identity.accounts.login(email, PASSWORD, "198.51.100.1")
    assert refused.value.headers["Retry-After"] == "989"


def test_the_rest_ends(identity: Identity) -> None:
    identity.register(EMAIL, PASSWORD, "Ada", SOURCE)
    for attempt in range(10):
        with pytest.raises(InvalidCredentials):
            identity.accounts.login(EMAIL, WRONG, f"203.0.113.{attempt}")
    identity.clock.advance(seconds=988)
    with pytest.raises(TooManyAttempts):
        identity.accounts.login(EMAIL, PASSWORD, SOURCE)
    identity.clock.advance(seconds=1)
    assert identity.accounts.login(EMAIL, PASSWORD, SOURCE).user_id


def test_logins_that_succeed_count_for_nothing(identity: Identity) -> None:
    identity.register(EMAIL, PASSWORD, "Ada", SOURCE)
    for _ in range(120):
        identity.accounts.login(EMAIL, PASSWORD, SOURCE)


def test_an_address_that_tries_many_accounts_is_stopped(identity: Identity) -> None:
    for attempt in range(100):
        with pytest.raises(InvalidCredentials):
            identity.accounts.login(f"user{attempt}@example.com", WRONG, SOURCE)
    with pytest.raises(TooManyAttempts):
        identity.accounts.login("user100@example.com", WRONG, SOURCE)
    with pytest.raises(InvalidCredentials):
        identity.accounts.login("user100@example.com", WRONG, "198.51.100.1")


def test_a_grant_shows_in_the_next_token(identity: Identity) -> None:
    identity.register(EMAIL, PASSWORD, "Ada", SOURCE)
    granted = identity.roles.grant("ADA@example.com", ["staff"])
    assert granted is not None
    assert granted.roles == {"customer", "staff"}
    known = identity.verifier().verify(identity.accounts.login(EMAIL, PASSWORD, SOURCE).access_token)
    assert known.roles == ("customer", "staff")
    assert "orders:manage" in known.scopes


def test_a_grant_may_be_repeated(identity: Identity) -> None:
    identity.register(EMAIL, PASSWORD, "Ada", SOURCE)
    assert identity.roles.grant(EMAIL, ["admin"]) == identity.roles.grant(EMAIL, ["admin"])


def test_a_grant_to_nobody_is_told(identity: Identity) -> None:
    assert identity.roles.grant("nobody@example.com", ["staff"]) is None


@pytest.mark.parametrize("roles", [["root"], ["staff", "root"], []])
def test_an_unknown_role_is_not_granted(identity: Identity, roles: list[str]) -> None:
    identity.register(EMAIL, PASSWORD, "Ada", SOURCE)
    with pytest.raises(UnknownRole):
        identity.roles.grant(EMAIL, roles)
    assert identity.users.users[EMAIL].roles == {"customer"}
