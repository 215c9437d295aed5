"""E-mail addresses, roles and sessions."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.model import ADMIN, CUSTOMER, ROLE_SCOPES, STAFF, Session, User, normalised_email, scopes_of

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
USER = User.register("ada@example.com", "hash", "Ada", NOW)


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("ada@example.com", "ada@example.com"),
        ("  Ada.Lovelace+shop@Example.COM ", "ada.lovelace+shop@example.com"),
        ("a@b.co", "a@b.co"),
        ("x@xn--bcher-kva.example", "x@xn--bcher-kva.example"),
    ],
)
def test_an_address_has_one_form(given_text: str, expected: str) -> None:
    assert normalised_email(given_text) == expected


@pytest.mark.parametrize(
    "text",
    [
        *("", "ada", "ada@", "@example.com", "ada@localhost", "a b@example.com", "ada@exa_mple.com", "ada@-x.com"),
        *("a..b@x.com", ".a@x.com", "ada@example.com\nBcc: all@example.com", "ada@x.com,eve@x.com", "<ada@x.com>"),
        *("a" * 65 + "@x.com", "ada@" + "a" * 250 + ".com", "ada@bücher.example"),
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="e-mail address"):
        normalised_email(text)


@given(st.emails())
def test_normalising_again_changes_nothing(text: str) -> None:
    try:
        once = normalised_email(text)
    except ValueError:
        return  # quoted local parts and the like, which Agora does not take
    assert normalised_email(once) == once == once.lower()


def test_each_role_allows_what_the_one_below_does_and_more() -> None:
    assert ROLE_SCOPES[CUSTOMER] < ROLE_SCOPES[STAFF] < ROLE_SCOPES[ADMIN]
    assert "orders:manage" not in ROLE_SCOPES[CUSTOMER]
    assert "users:manage" not in ROLE_SCOPES[STAFF]


def test_scopes_of_several_roles_are_all_of_theirs() -> None:
    assert scopes_of([CUSTOMER, STAFF]) == ROLE_SCOPES[STAFF]
    assert scopes_of([]) == frozenset()


def test_a_new_user_is_a_customer_and_no_more() -> None:
    user = User.register("ada@example.com", "hash", "Ada", NOW)
    assert user.roles == {CUSTOMER}
    assert user.version == 1


def test_a_grant_adds_roles_and_counts_a_version() -> None:
    user = User.register("ada@example.com", "hash", "Ada", NOW)
    changed = user.granted([STAFF], NOW + timedelta(days=1))
    assert changed.roles == {CUSTOMER, STAFF}
    assert (changed.version, changed.updated_at) == (2, NOW + timedelta(days=1))
    assert changed.granted([STAFF], NOW) is changed


def test_a_user_prints_without_the_password_hash() -> None:
    assert "s3cret-hash" not in repr(User.register("ada@example.com", "s3cret-hash", "Ada", NOW))


def test_a_session_knows_its_latest_refresh_token_and_does_not_hold_it() -> None:
    session, token = Session.open(USER, NOW)
    assert session.is_current(token)
    assert session.expires_at == NOW + timedelta(days=30)
    assert token.rpartition(".")[2] not in repr(session)


def test_another_refresh_token_is_not_a_sessions_own() -> None:
    session, token = Session.open(USER, NOW)
    _, other = Session.open(USER, NOW)
    for wrong in (other, token + "x", token.replace("usr_", "usx_"), "", ".", "a.b.c"):
        assert not session.is_current(wrong)
