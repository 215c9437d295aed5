"""What identity's ports promise, held by the fakes and by AWS."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from identity import dynamo, events
from identity.errors import EmailTaken, TooManyAttempts
from identity.keys import SigningKeys, by_kid, new_private_set
from identity.model import Session, User
from identity.ports import Attempts, KeyStore, Users
from identity.throttle import Subject
from kernel import aws
from kernel.errors import ConflictingWrite
from tests.support.aws import create_table, mocked_aws
from tests.unit.identity.support import EMAIL, Clock

pytestmark = pytest.mark.contract


def add(users: Users, clock: Clock, email: str = EMAIL) -> User:
    user = User.register(email, "hash", "Ada", clock())
    users.add(user, Session.open(user.user_id, clock())[0], events.user_registered(user))
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
        users.open_session(Session.open(user.user_id, clock())[0])


def test_attempts_are_taken_up_to_the_limit(attempts: Attempts) -> None:
    subject = Subject("ACCOUNT#x", limit=3)
    for _ in range(3):
        attempts.take(subject)
    with pytest.raises(TooManyAttempts) as refused:
        attempts.take(subject)
    assert refused.value.headers == {"Retry-After": "899"}
    attempts.take(Subject("ACCOUNT#y", limit=3))


def test_an_attempt_given_back_can_be_taken_again(attempts: Attempts) -> None:
    subject = Subject("ACCOUNT#x", limit=1)
    for _ in range(3):
        attempts.take(subject)
        attempts.give_back(subject)
    attempts.take(subject)
    with pytest.raises(TooManyAttempts):
        attempts.take(subject)


def test_the_next_window_starts_from_nothing(attempts: Attempts, clock: Clock) -> None:
    subject = Subject("ACCOUNT#x", limit=1)
    attempts.take(subject)
    clock.advance(minutes=15)
    attempts.take(subject)


def test_giving_back_in_a_later_window_gains_nothing(attempts: Attempts, clock: Clock) -> None:
    subject = Subject("ACCOUNT#x", limit=1)
    attempts.take(subject)
    clock.advance(minutes=15)
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


def test_what_is_published_is_read(key_store: KeyStore) -> None:
    key_store.publish('{"keys":[{"kid":"a"}]}')
    key_store.publish('{"keys":[{"kid":"b"}]}')
    assert key_store.public_set() == '{"keys":[{"kid":"b"}]}'
