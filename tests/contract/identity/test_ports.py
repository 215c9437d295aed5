"""What identity's ports promise, held by the fakes and by AWS."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from identity import dynamo, events
from identity.access_reader import AccessStateReader
from identity.application.access import Access
from identity.errors import EmailTaken, InvalidMailToken, TooManyAttempts
from identity.keys import SigningKeys, by_kid, new_private_set
from identity.mail_request import MailRequest, Purpose
from identity.model import Session, Status, User
from identity.ports import Attempts, KeyStore, MailRequests, Users
from identity.throttle import Subject
from kernel import aws
from kernel.errors import ConflictingWrite, TransientError
from tests.support.aws import create_table, mocked_aws
from tests.unit.identity.support import EMAIL, Clock

pytestmark = pytest.mark.contract


def add(users: Users, clock: Clock, email: str = EMAIL) -> User:
    user = User.register(email, "hash", "Ada", clock())
    users.add(user, Session.open(user, clock())[0], events.user_registered(user))
    return user


def test_an_added_user_is_found_as_it_was(users: Users, clock: Clock) -> None:
    user = add(users, clock)
    assert users.by_email(EMAIL) == user


def test_nobody_is_found_where_nobody_is(users: Users) -> None:
    assert users.by_email("nobody@example.com") is None


def test_an_address_belongs_to_whoever_was_first(users: Users, clock: Clock) -> None:
    first = add(users, clock)
    with pytest.raises(EmailTaken):
        add(users, clock)
    assert users.by_email(EMAIL) == first


def test_of_many_registrations_at_once_one_gets_the_address(users: Users, clock: Clock) -> None:
    def register(_: int) -> bool:
        try:
            add(users, clock)
        except EmailTaken:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(register, range(8))) == 1


def test_an_unknown_address_costs_as_many_reads_as_a_known_one(clock: Clock) -> None:
    with mocked_aws():
        create_table("agora-identity")
        dynamo.bind("agora-identity")
        store, calls = dynamo.DynamoUsers(), []
        aws.client("dynamodb").meta.events.register("before-call.dynamodb", lambda model, **_: calls.append(model.name))
        add(store, clock)
        calls.clear()
        assert store.by_email(EMAIL) is not None
        known = list(calls)
        calls.clear()
        assert store.by_email("nobody@example.com") is None
        assert calls == known == ["GetItem", "GetItem"]


def test_a_change_and_the_mail_that_tells_of_it_happen_together(
    users: Users, mail_requests: MailRequests, clock: Clock
) -> None:
    user = add(users, clock)
    changed = user.with_password("another hash", clock())
    told = MailRequest.new(Purpose.CHANGED, EMAIL, clock())
    users.replace(changed, told)
    assert (users.by_id(user.user_id), mail_requests.get(told.request_id)) == (changed, told)
    late = MailRequest.new(Purpose.CHANGED, EMAIL, clock())
    with pytest.raises(ConflictingWrite):
        users.replace(user.with_password("a third", clock()), late)
    assert (users.by_id(user.user_id), mail_requests.get(late.request_id)) == (changed, None)


def test_a_reset_uses_up_its_request_and_tells_of_the_change(
    users: Users, mail_requests: MailRequests, clock: Clock
) -> None:
    user = add(users, clock)
    asked = MailRequest.new(Purpose.RESET, EMAIL, clock())
    mail_requests.add(asked)
    first, second = (MailRequest.new(Purpose.CHANGED, EMAIL, clock()) for _ in range(2))
    changed = user.with_password("another hash", clock())
    mail_requests.replace(asked, changed, first)
    assert (mail_requests.get(asked.request_id), mail_requests.get(first.request_id)) == (None, first)
    with pytest.raises(InvalidMailToken):
        mail_requests.replace(asked, changed.with_password("a third", clock()), second)
    assert (users.by_id(user.user_id), mail_requests.get(second.request_id)) == (changed, None)


def test_a_changed_user_replaces_the_version_before(users: Users, clock: Clock) -> None:
    user = add(users, clock)
    changed = user.granted(["staff"], clock())
    users.replace(changed)
    assert users.by_email(EMAIL) == changed


def test_of_two_changes_to_one_version_one_is_refused(users: Users, clock: Clock) -> None:
    user = add(users, clock)
    users.replace(user.granted(["staff"], clock()))
    with pytest.raises(ConflictingWrite):
        users.replace(user.granted(["admin"], clock()))
    stored = users.by_email(EMAIL)
    assert stored is not None
    assert stored.roles == {"customer", "staff"}


def test_a_user_may_have_many_sessions(users: Users, clock: Clock) -> None:
    user = add(users, clock)
    for _ in range(3):
        assert users.open_session(Session.open(user, clock())[0])


@pytest.mark.parametrize("status", [Status.INACTIVE, Status.SUSPENDED, Status.DELETED])
def test_a_user_who_is_not_active_opens_no_session(users: Users, clock: Clock, status: Status) -> None:
    user = add(users, clock).with_status(status, clock())
    users.replace(user)
    assert not users.open_session(Session.open(user, clock())[0])
    assert users.by_id(user.user_id) == user


def test_a_login_that_was_overtaken_by_the_end_of_all_access_opens_no_session(users: Users, clock: Clock) -> None:
    user = add(users, clock)
    users.replace(user.access_ended(clock()))
    assert not users.open_session(Session.open(user, clock())[0])


def test_the_end_of_access_is_written_although_the_account_changes_meanwhile(users: Users, clock: Clock) -> None:
    user = add(users, clock)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: Access(users, clock).end(user.user_id), range(3)))
    ended = users.by_id(user.user_id)
    assert ended is not None
    assert ended.generation == 4


def test_nobody_has_no_access_to_end(users: Users, clock: Clock) -> None:
    assert Access(users, clock).end("usr_none") is None


def test_the_authorizer_reads_what_was_written(mocked_aws: None, clock: Clock) -> None:
    create_table("agora-identity")
    dynamo.bind("agora-identity")
    users, states = dynamo.DynamoUsers(), AccessStateReader("agora-identity")
    user = add(users, clock)
    assert states.generation(user.user_id) == 1
    ended = user.access_ended(clock())
    users.replace(ended)
    assert states.generation(user.user_id) == 2
    users.replace(ended.with_status(Status.SUSPENDED, clock()))
    assert states.generation(user.user_id) is states.generation("usr_none") is None


def test_a_table_that_does_not_answer_is_no_refusal(mocked_aws: None) -> None:
    with pytest.raises(TransientError):
        AccessStateReader("no-such-table").generation("usr_1")


def test_attempts_are_taken_up_to_the_limit(attempts: Attempts) -> None:
    subject = Subject("ACCOUNT#x", limit=3)
    for _ in range(3):
        attempts.take(subject)
    with pytest.raises(TooManyAttempts) as refused:
        attempts.take(subject)
    assert refused.value.headers == {"Retry-After": "1199"}
    attempts.take(Subject("ACCOUNT#y", limit=3))


def test_an_attempt_given_back_can_be_taken_again(attempts: Attempts) -> None:
    subject = Subject("ACCOUNT#x", limit=1)
    for _ in range(3):
        attempts.take(subject)
        attempts.give_back(subject)
    attempts.take(subject)
    with pytest.raises(TooManyAttempts):
        attempts.take(subject)


def test_the_window_after_the_next_starts_from_nothing(attempts: Attempts, clock: Clock) -> None:
    subject = Subject("ACCOUNT#x", limit=1)
    attempts.take(subject)
    clock.advance(minutes=15)
    with pytest.raises(TooManyAttempts):
        attempts.take(subject)
    clock.advance(minutes=15)
    attempts.take(subject)


def test_giving_back_in_a_later_window_gains_nothing(attempts: Attempts, clock: Clock) -> None:
    subject = Subject("ACCOUNT#x", limit=1)
    attempts.take(subject)
    clock.advance(minutes=30)
    attempts.give_back(subject)
    attempts.take(subject)
    with pytest.raises(TooManyAttempts):
        attempts.take(subject)


def test_parallel_attempts_get_no_more_than_the_limit(attempts: Attempts) -> None:
    subject = Subject("ACCOUNT#x", limit=5)

    def attempt(_: int) -> bool:
        try:
            attempts.take(subject)
        except TooManyAttempts:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(attempt, range(20))) == 5


def test_a_new_deployment_has_no_keys(key_store: KeyStore) -> None:
    assert key_store.private_set() == ""
    assert by_kid(key_store.public_set()) == {}


def test_the_first_key_set_offered_is_everybodys(key_store: KeyStore) -> None:
    first, second = new_private_set(), new_private_set()
    assert key_store.agree_on(first) == first
    assert key_store.agree_on(second) == first
    assert key_store.private_set() == first


def test_cold_starts_at_once_agree_on_one_key(key_store: KeyStore) -> None:
    with ThreadPoolExecutor(4) as pool:
        kids = set(pool.map(lambda _: SigningKeys(key_store).current().kid, range(8)))
    assert len(kids) == 1
    assert set(by_kid(key_store.public_set())) == kids


def test_a_key_set_is_replaced_once(key_store: KeyStore) -> None:
    first, second, other = (new_private_set() for _ in range(3))
    key_store.agree_on(first)
    assert key_store.replace(first, second)
    assert not key_store.replace(first, other)
    assert key_store.private_set() == second
    assert key_store.replace(second, other)
    assert not key_store.replace(first, second), "whoever slept for two rotations does not bring the old keys back"
    assert key_store.private_set() == other


def test_of_rotations_at_once_one_wins(key_store: KeyStore) -> None:
    first = key_store.agree_on(new_private_set())
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: key_store.replace(first, new_private_set()), range(8))) == 1


def test_what_is_published_is_read(key_store: KeyStore) -> None:
    key_store.publish('{"keys":[{"kid":"a"}]}')
    key_store.publish('{"keys":[{"kid":"b"}]}')
    assert key_store.public_set() == '{"keys":[{"kid":"b"}]}'


def test_a_session_is_rotated_once(users: Users, clock: Clock) -> None:
    user = add(users, clock)
    session, token = Session.open(user, clock())
    assert users.open_session(session)
    following, _ = session.rotated()
    assert users.session(user.user_id, session.session_id) == session
    assert users.rotate(session, following)
    assert users.session(user.user_id, session.session_id) == following
    assert not following.is_current(token)
    assert not users.rotate(session, session.rotated()[0]), "its token was used before"
    assert users.session(user.user_id, session.session_id) == following


def test_of_many_rotations_at_once_one_wins(users: Users, clock: Clock) -> None:
    user = add(users, clock)
    session, _ = Session.open(user, clock())
    users.open_session(session)
    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(lambda _: users.rotate(session, session.rotated()[0]), range(8)))
    assert won.count(True) == 1


def test_a_session_of_ended_access_is_not_rotated(users: Users, clock: Clock) -> None:
    user = add(users, clock)
    session, _ = Session.open(user, clock())
    users.open_session(session)
    Access(users, clock).end(user.user_id)
    assert not users.rotate(session, session.rotated()[0])


def test_an_ended_session_is_gone_and_ending_it_again_does_nothing(users: Users, clock: Clock) -> None:
    user = add(users, clock)
    session, _ = Session.open(user, clock())
    users.open_session(session)
    for _ in range(2):
        users.end_session(user.user_id, session.session_id)
        assert users.session(user.user_id, session.session_id) is None
    assert not users.rotate(session, session.rotated()[0])
    assert users.session("usr_nobody", session.session_id) is None
