"""Registering and resetting by mail: nothing tells whether an account exists, and only the mailbox's reader gets on."""

import pytest

from identity.errors import EmailTaken, InvalidCredentials, InvalidMailToken, InvalidRefreshToken, TooManyAttempts
from identity.mail_request import Purpose
from identity.model import Status
from kernel.errors import ValidationFailed
from tests.unit.identity.support import EMAIL, PASSWORD, SOURCE, Identity, opened

NEW = "an even better horse and battery"


@pytest.fixture
def identity() -> Identity:
    return Identity()


def asked(identity: Identity, email: str = EMAIL, password: str = PASSWORD) -> str:
    identity.by_mail.register(email, password, "Ada", SOURCE)
    return identity.mailed()


def forgotten(identity: Identity, email: str = EMAIL) -> str:
    identity.by_mail.forgot(email, SOURCE)
    return identity.mailed()


def test_no_account_is_made_before_the_mail_is_answered(identity: Identity) -> None:
    token = asked(identity)
    assert token
    assert not identity.users.users
    with pytest.raises(InvalidCredentials):
        identity.accounts.login(EMAIL, PASSWORD, SOURCE)
    assert identity.by_mail.confirm(token, PASSWORD, SOURCE).user_id == identity.users.users[EMAIL].user_id


def test_asking_does_the_same_work_for_a_known_and_an_unknown_address(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    identity.register(EMAIL, PASSWORD, "Ada", SOURCE)

    def looked_up(*_: object) -> None:
        raise AssertionError("nothing may look whether there is an account")

    monkeypatch.setattr(identity.users, "by_email", looked_up)
    monkeypatch.setattr(identity.users, "by_id", looked_up)
    for email in (EMAIL, "nobody@example.com"):
        before = len(identity.requests.waiting)
        identity.by_mail.register(email, NEW, "", SOURCE)
        identity.by_mail.forgot(email, SOURCE)
        assert len(identity.requests.waiting) == before + 2


def test_who_has_an_account_is_told_so_and_gets_no_token(identity: Identity) -> None:
    identity.register(EMAIL, PASSWORD, "Ada", SOURCE)
    assert asked(identity, password=NEW) == ""
    assert identity.mailer.sent[-1].subject == "You have an account already"
    assert identity.accounts.login(EMAIL, PASSWORD, SOURCE).user_id


def test_a_strangers_registration_is_not_confirmed_with_another_password(identity: Identity) -> None:
    """The owner of the mailbox follows the link of a stranger: the account must not have the stranger's password."""
    token = asked(identity, password="the password of a stranger")
    with pytest.raises(InvalidCredentials):
        identity.by_mail.confirm(token, PASSWORD, SOURCE)
    assert not identity.users.users


def test_a_confirmation_is_good_once_and_for_one_day(identity: Identity) -> None:
    first, second = asked(identity), asked(identity)
    late = asked(identity, "late@example.com")
    identity.by_mail.confirm(first, PASSWORD, SOURCE)
    with pytest.raises(InvalidMailToken):
        identity.by_mail.confirm(first, PASSWORD, SOURCE)
    with pytest.raises(EmailTaken):
        identity.by_mail.confirm(second, PASSWORD, SOURCE)
    identity.clock.advance(hours=24)
    with pytest.raises(InvalidMailToken):
        identity.by_mail.confirm(late, PASSWORD, SOURCE)


@pytest.mark.parametrize("token", ["", "req_1", "req_1.", "x" * 128, "\ud800", "ré.q"])
def test_what_no_mail_brought_is_refused_and_counted(identity: Identity, token: str) -> None:
    for _ in range(100):
        with pytest.raises(InvalidMailToken):
            identity.by_mail.reset(token, NEW, "198.51.100.9")
    with pytest.raises(TooManyAttempts):
        identity.by_mail.reset(token, NEW, "198.51.100.9")


def test_a_token_of_one_purpose_is_none_of_the_other(identity: Identity) -> None:
    register = asked(identity)
    with pytest.raises(InvalidMailToken):
        identity.by_mail.reset(register, NEW, SOURCE)
    identity.by_mail.confirm(register, PASSWORD, SOURCE)
    with pytest.raises(InvalidMailToken):
        identity.by_mail.confirm(forgotten(identity), PASSWORD, SOURCE)


def test_a_reset_ends_all_access_and_lets_the_new_password_in(identity: Identity) -> None:
    old = identity.register(EMAIL, PASSWORD, "Ada", SOURCE)
    identity.by_mail.reset(forgotten(identity), NEW, SOURCE)
    with pytest.raises(InvalidRefreshToken):
        identity.sessions.refresh(old.refresh_token)
    assert identity.users.generation(old.user_id) != opened(old.access_token)[1]["gen"]
    with pytest.raises(InvalidCredentials):
        identity.accounts.login(EMAIL, PASSWORD, SOURCE)
    assert identity.accounts.login(EMAIL, NEW, SOURCE).user_id == old.user_id


def test_a_reset_is_good_once_and_for_half_an_hour(identity: Identity) -> None:
    identity.register(EMAIL, PASSWORD, "Ada", SOURCE)
    token, late = forgotten(identity), forgotten(identity)
    identity.by_mail.reset(token, NEW, SOURCE)
    with pytest.raises(InvalidMailToken):
        identity.by_mail.reset(token, "yet another good password", SOURCE)
    identity.clock.advance(minutes=30)
    with pytest.raises(InvalidMailToken):
        identity.by_mail.reset(late, NEW, SOURCE)


def test_the_owner_is_told_of_a_new_password_however_it_was_set(identity: Identity) -> None:
    user_id = identity.register(EMAIL, PASSWORD, "Ada", SOURCE).user_id
    identity.by_mail.reset(forgotten(identity), NEW, SOURCE)
    identity.accounts.change_password(user_id, NEW, "yet another good password", SOURCE)
    sent = len(identity.mailer.sent)
    assert [identity.send_mail(told) for told in identity.users.told] == ["changed", "changed"]
    for mail in identity.mailer.sent[sent:]:
        assert (mail.to, mail.subject) == (EMAIL, "Your password was changed")
        assert "21 November 2026, 09:00 UTC" in mail.text
        assert "https://shop.example/forgot" in mail.text
        assert "token" not in mail.text.lower()


def test_nobody_is_told_of_a_change_that_did_not_happen_or_a_day_late(identity: Identity) -> None:
    user_id = identity.register(EMAIL, PASSWORD, "Ada", SOURCE).user_id
    with pytest.raises(InvalidCredentials):
        identity.accounts.change_password(user_id, "wrong", NEW, SOURCE)
    assert identity.users.told == []
    identity.accounts.change_password(user_id, PASSWORD, NEW, SOURCE)
    identity.clock.advance(hours=24)
    assert identity.send_mail(identity.users.told[0]) == "none"


def test_what_tells_of_a_change_gives_no_access(identity: Identity) -> None:
    user_id = identity.register(EMAIL, PASSWORD, "Ada", SOURCE).user_id
    identity.accounts.change_password(user_id, PASSWORD, NEW, SOURCE)
    (told,) = identity.users.told
    for purpose in Purpose:
        with pytest.raises(InvalidMailToken):
            identity.by_mail.reset(identity.mail_tokens.token(told.request_id, purpose), NEW, SOURCE)
        with pytest.raises(InvalidMailToken):
            identity.by_mail.confirm(identity.mail_tokens.token(told.request_id, purpose), NEW, SOURCE)


def test_a_weak_password_leaves_the_token_good(identity: Identity) -> None:
    identity.register(EMAIL, PASSWORD, "Ada", SOURCE)
    token = forgotten(identity)
    with pytest.raises(ValidationFailed):
        identity.by_mail.reset(token, "password123", SOURCE)
    identity.by_mail.reset(token, NEW, SOURCE)


@pytest.mark.parametrize("status", [Status.SUSPENDED, Status.INACTIVE, Status.DELETED])
def test_who_may_not_use_the_account_gets_no_mail_and_resets_nothing(identity: Identity, status: Status) -> None:
    user_id = identity.register(EMAIL, PASSWORD, "Ada", SOURCE).user_id
    token = forgotten(identity)
    identity.access.set_status(user_id, status)
    with pytest.raises(InvalidMailToken):
        identity.by_mail.reset(token, NEW, SOURCE)
    assert forgotten(identity) == ""


def test_nobody_gets_no_mail(identity: Identity) -> None:
    assert forgotten(identity, "nobody@example.com") == ""
    assert identity.mailer.sent == []


def test_a_mailbox_is_not_filled_by_others(identity: Identity) -> None:
    for number in range(5):
        identity.by_mail.forgot(EMAIL, f"203.0.113.{number}")
    with pytest.raises(TooManyAttempts):
        identity.by_mail.register(EMAIL, PASSWORD, "", "198.51.100.1")
    assert len(identity.requests.waiting) == 5


def test_a_repeated_mail_holds_the_same_token(identity: Identity) -> None:
    asked(identity)
    (request,) = identity.requests.waiting.values()
    identity.send_mail(request)
    first, second = identity.mailer.sent
    assert first == second
    assert identity.mail_tokens.token(request.request_id, Purpose.REGISTER) in first.text
    assert "#token=" in first.text, "behind the #, where no server's log has it"
