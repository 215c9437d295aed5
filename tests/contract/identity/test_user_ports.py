"""What the ports of the routes under /users promise, held by the fakes and by DynamoDB."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import count

import pytest

from identity import dynamo as tables
from identity import people, user_events
from identity.dynamo import documents as document_tables
from identity.dynamo import items
from identity.dynamo import people as people_tables
from identity.fakes import MemoryUsers
from identity.model import Status, User
from identity.people import StatusNote
from identity.user_errors import AccountNotActive
from identity.user_fakes import MemoryDocuments, MemoryPeople
from identity.user_ports import Documents, KeyUsed, People, Remembered, Stored
from kernel import outbox
from kernel.errors import ConflictingWrite, IdempotencyKeyReused
from kernel.idempotency import Answer
from tests.support.accounts import put_account
from tests.support.aws import mocked_aws
from tests.support.tables import create_from_template
from tests.unit.identity.support import Clock
from tests.unit.identity.user_support import key, person, registered

pytestmark = pytest.mark.contract
NUMBERS = count()
BY = "usr_01JD7Z8Q0R9V4M2T6X8Y0A1B2C"


@dataclass
class Store:
    """The two ports, and a way to put an account behind them."""

    people: People
    documents: Documents
    add: Callable[[User], None]


@pytest.fixture(scope="module")
def account() -> Iterator[None]:
    with mocked_aws():
        yield


def in_memory() -> Store:
    accounts = MemoryUsers()
    memory = MemoryPeople(accounts)

    def add(user: User) -> None:
        accounts.users[user.email] = user
        accounts.events.append(registered(user))

    def is_active(user_id: str) -> bool:
        user = memory.by_id(user_id)
        return user is not None and user.is_active

    return Store(memory, MemoryDocuments(is_active), add)


@pytest.fixture(params=["memory", "dynamo"])
def store(request: pytest.FixtureRequest) -> Store:
    if request.param == "memory":
        return in_memory()
    request.getfixturevalue("account")
    table = create_from_template("identity", prefix=f"shop-{next(NUMBERS)}")
    for module in (tables, people_tables, document_tables):
        module.bind(table)
    return Store(people_tables.DynamoPeople(), document_tables.DynamoDocuments(), put_account)


@pytest.fixture
def clock() -> Clock:
    return Clock(Clock().now.replace(microsecond=0))


@pytest.fixture
def ada(store: Store, clock: Clock) -> User:
    user = person(clock)
    store.add(user)
    return user


def suspended(store: Store, user: User, clock: Clock, note: StatusNote | None = None) -> User:
    after = user.with_status(Status.SUSPENDED, clock())
    store.people.change(after, user_events.status_changed(user, after, BY, store.people.told(user.user_id) + 1), note)
    return after


def test_a_change_is_stored_with_its_event_and_its_reason(store: Store, ada: User, clock: Clock) -> None:
    assert store.people.told(ada.user_id) == 1
    assert store.people.note(ada.user_id) is None
    note = StatusNote("because", BY, clock())
    after = suspended(store, ada, clock, note)
    assert store.people.by_id(ada.user_id) == after
    assert (store.people.told(ada.user_id), store.people.note(ada.user_id)) == (2, note)
    assert store.people.told(BY) == 0


def test_of_two_changes_of_one_version_or_one_place_in_the_history_one_loses(
    store: Store, ada: User, clock: Clock
) -> None:
    renamed = people.renamed(ada, "Other", clock())
    store.people.replace(renamed)
    with pytest.raises(ConflictingWrite):
        suspended(store, ada, clock)
    with pytest.raises(ConflictingWrite):
        store.people.bury(ada, people.tombstone(ada, clock()), user_events.deleted(ada, 2))
    late = renamed.with_status(Status.SUSPENDED, clock())
    with pytest.raises(ConflictingWrite):
        store.people.change(late, user_events.status_changed(renamed, late, BY, 1))
    assert store.people.by_id(ada.user_id) == renamed
    assert store.people.told(ada.user_id) == 1


def test_of_a_buried_account_the_address_is_free_and_the_rest_goes(store: Store, ada: User, clock: Clock) -> None:
    other = person(clock, "bob@example.com")
    store.add(other)
    for user in (ada, other):
        store.documents.save(
            user.user_id, "ADDRESSES", Stored({"a": 1}, 1), Remembered(key("k"), Answer(201, {"a": 1}))
        )
    left = people.tombstone(ada, clock())
    store.people.bury(ada, left, user_events.deleted(left, 2))
    while store.people.erase_some(ada.user_id):
        pass
    assert store.people.by_id(ada.user_id) == left
    assert store.people.told(ada.user_id) == 2
    assert store.people.note(ada.user_id) is None
    assert store.documents.get(other.user_id, "ADDRESSES") == Stored({"a": 1}, 1)
    again = person(clock)
    store.add(again)
    assert store.people.by_id(again.user_id) == again


def test_an_erasure_leaves_no_document_and_no_answer(clock: Clock, account: None) -> None:
    """In memory they are two stores; in the table one partition."""
    table = create_from_template("identity", prefix=f"shop-{next(NUMBERS)}")
    for module in (tables, people_tables, document_tables):
        module.bind(table)
    user, documents, accounts = person(clock), document_tables.DynamoDocuments(), people_tables.DynamoPeople()
    put_account(user)
    documents.save(user.user_id, "ADDRESSES", Stored({"a": 1}, 1), Remembered(key("k"), Answer(201, {"a": 1})))
    documents.save(user.user_id, "PREFERENCES", Stored({"a": 1}, 1))
    left = people.tombstone(user, clock())
    accounts.bury(user, left, user_events.deleted(left, 2))
    while accounts.erase_some(user.user_id):
        pass
    kept = [(item.pk, item.sk) for item in people_tables.NoteItem.scan(attributes_to_get=["pk", "sk"])]
    partition = items.user_pk(user.user_id)
    assert sorted(kept) == [(partition, sk) for sk in ("ACCESS", outbox.sort_key(1), outbox.sort_key(2), "PROFILE")]
    assert not accounts.erase_some(user.user_id)


def test_a_document_is_written_version_by_version(store: Store, ada: User) -> None:
    assert store.documents.get(ada.user_id, "PREFERENCES") is None
    for version in (1, 2):
        store.documents.save(ada.user_id, "PREFERENCES", Stored({"n": version}, version))
    for stale in (1, 2, 4):
        with pytest.raises(ConflictingWrite):
            store.documents.save(ada.user_id, "PREFERENCES", Stored({}, stale))
    assert store.documents.get(ada.user_id, "PREFERENCES") == Stored({"n": 2}, 2)
    assert store.documents.get(ada.user_id, "ADDRESSES") is None


def test_an_answer_is_stored_with_its_effect_or_not_at_all(store: Store, ada: User) -> None:
    remembered = Remembered(key("k"), Answer(201, {"address_id": "adr_1"}))
    assert store.documents.answer(ada.user_id, key("k")) is None
    store.documents.save(ada.user_id, "ADDRESSES", Stored({"n": 1}, 1), remembered)
    assert store.documents.answer(ada.user_id, key("k")) == remembered.answer
    with pytest.raises(KeyUsed):
        store.documents.save(ada.user_id, "ADDRESSES", Stored({"n": 2}, 2), remembered)
    with pytest.raises(IdempotencyKeyReused):
        store.documents.answer(ada.user_id, key("k", "other"))
    with pytest.raises(ConflictingWrite):
        store.documents.save(ada.user_id, "ADDRESSES", Stored({}, 1), replace(remembered, key=key("new")))
    assert store.documents.answer(ada.user_id, key("new")) is None
    assert store.documents.answer(BY, key("k")) is None
    assert store.documents.get(ada.user_id, "ADDRESSES") == Stored({"n": 1}, 1)


def test_nothing_is_stored_for_an_account_that_is_not_active(store: Store, ada: User, clock: Clock) -> None:
    suspended(store, ada, clock)
    for user_id in (ada.user_id, BY):
        with pytest.raises(AccountNotActive):
            store.documents.save(user_id, "ADDRESSES", Stored({}, 1))
        assert store.documents.get(user_id, "ADDRESSES") is None


def test_of_many_writers_at_once_one_wins(store: Store, ada: User) -> None:
    def write(number: int) -> bool:
        try:
            store.documents.save(ada.user_id, "ADDRESSES", Stored({"n": number}, 1))
        except ConflictingWrite:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(write, range(8))) == 1


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
def test_accounts_come_newest_first_over_months_without_any(store: Store, clock: Clock, limit: int) -> None:
    made = []
    for number, age in enumerate((0, 1, 40, 45, 200)):
        user = person(clock, f"p{number}@example.com", created_at=clock() - timedelta(days=age))
        store.add(user)
        made.append(user.user_id)
    found: list[str] = []
    position, pages = None, 0
    while pages == 0 or position:
        page = store.people.page(lambda _: True, limit, position, clock())
        assert len(page.users) <= limit
        found += [user.user_id for user in page.users]
        position, pages = page.position, pages + 1
    assert found == made
    wanted = store.people.page(lambda user: user.email.startswith("p3"), 1, None, clock())
    assert [user.user_id for user in wanted.users] == [made[3]]
