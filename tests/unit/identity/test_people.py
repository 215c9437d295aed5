"""What people do with their account, what admins do with it, and what is left of a deleted one."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.model import ADMIN, CUSTOMER, STAFF, Session, Status
from identity.people import TRANSITIONS
from identity.user_errors import AccountNotActive, OwnAccess, StatusRefused, UserNotFound
from kernel.errors import BadRequest, PreconditionFailed, PreconditionRequired
from tests.unit.identity.user_support import PLACE, People, key, person


@pytest.fixture
def people() -> People:
    return People()


def test_a_name_is_changed_removed_and_left(people: People) -> None:
    assert people.profile.rename(people.ada, "Ada King", '"1"').name == "Ada King"
    assert people.profile.rename(people.ada, None, '"2"').version == 2
    assert people.profile.rename(people.ada, "Ada King", '"2"').version == 2
    assert people.profile.rename(people.ada, "", "*").name == ""
    assert people.told(people.ada) == [("UserRegistered", 1)]


def test_a_change_names_the_version_that_it_is_made_to(people: People) -> None:
    with pytest.raises(PreconditionRequired):
        people.profile.rename(people.ada, "X", None)
    with pytest.raises(PreconditionFailed):
        people.profile.rename(people.ada, "X", '"7"')
    with pytest.raises(PreconditionFailed):
        people.manage.set_status(people.ada, Status.SUSPENDED, "", '"7"', people.root)
    with pytest.raises(PreconditionRequired):
        people.profile.delete(people.ada, None)
    assert people.user(people.ada).version == 1


def test_suspending_ends_access_and_says_why(people: People) -> None:
    before = people.user(people.ada)
    after = people.manage.set_status(people.ada, Status.SUSPENDED, "chargebacks", '"1"', people.root)
    assert (after.status, after.generation) == (Status.SUSPENDED, before.generation + 1)
    note = people.manage.note(after)
    assert note is not None
    assert (note.reason, note.changed_by) == ("chargebacks", people.root)
    assert people.told(people.ada) == [("UserRegistered", 1), ("UserStatusChanged", 2)]
    with pytest.raises(AccountNotActive):
        people.profile.get(people.ada)
    again = people.manage.set_status(people.ada, Status.SUSPENDED, "other", "*", people.root)
    assert again.version == after.version
    back = people.manage.set_status(people.ada, Status.ACTIVE, "", '"2"', people.root)
    assert back.generation > before.generation


def test_roles_are_set_not_added_and_end_access(people: People) -> None:
    after = people.manage.set_roles(people.ada, [STAFF, STAFF], '"1"', people.root)
    assert (after.roles, after.generation, after.version) == (frozenset({STAFF}), 2, 2)
    assert people.manage.set_roles(people.ada, [STAFF], '"2"', people.root).version == 2
    (event,) = [each for each in people.accounts.events if each.name == "UserRolesChanged"]
    assert (event.data["roles"], event.data["were"], event.data["changed_by"]) == ([STAFF], [CUSTOMER], people.root)


@pytest.mark.parametrize("status", [Status.INACTIVE, Status.SUSPENDED, Status.DELETED])
def test_an_admin_cannot_lock_themself_out(people: People, status: Status) -> None:
    with pytest.raises(OwnAccess):
        people.manage.set_status(people.root, status, "", "*", people.root)
    with pytest.raises(OwnAccess):
        people.manage.set_roles(people.root, [CUSTOMER, STAFF], "*", people.root)
    with pytest.raises(OwnAccess):
        people.profile.delete(people.root, "*")
    assert people.user(people.root).version == 1
    assert people.manage.set_roles(people.root, [ADMIN], "*", people.root).roles == {ADMIN}
    other = people.add(person(people.clock, "other@example.com", roles=frozenset({ADMIN}))).user_id
    assert people.manage.set_status(people.root, status, "", "*", other).status is status


@pytest.mark.parametrize("user_id", ["usr_01JD7Z8Q0R9V4M2T6X8Y0A1B2C", "me", "", "ord_01JD7Z8Q0R9V4M2T6X8Y0A1B2C"])
def test_nobody_is_not_found(people: People, user_id: str) -> None:
    changes: list[Callable[[], object]] = [
        lambda: people.manage.get(user_id),
        lambda: people.manage.set_status(user_id, Status.ACTIVE, "", "*", people.root),
        lambda: people.manage.set_roles(user_id, [STAFF], "*", people.root),
    ]
    for change in changes:
        with pytest.raises(UserNotFound):
            change()


@pytest.mark.parametrize("by_admin", [True, False])
def test_of_a_deleted_account_a_tombstone_stays(people: People, by_admin: bool) -> None:
    if by_admin:
        people.manage.set_status(people.ada, Status.SUSPENDED, "wrote to Ada Lovelace", "*", people.root)
        people.manage.set_status(people.ada, Status.DELETED, "", "*", people.root)
    else:
        people.profile.delete(people.ada, '"1"')
    left = people.user(people.ada)
    assert (left.status, left.email, left.name, left.password_hash) == (Status.DELETED, "", "", "")
    assert people.store.accounts.by_email("ada@example.com") is None
    assert people.told(people.ada)[-1][0] == "UserDeleted"
    deleted = people.accounts.events[-1]
    assert dict(deleted.data) == {"user_id": people.ada}
    people.eraser.handle(deleted)
    assert people.manage.note(left) is None
    people.add(person(people.clock))
    for status in Status:
        if status is not Status.DELETED:
            with pytest.raises(StatusRefused):
                people.manage.set_status(people.ada, status, "", "*", people.root)
    with pytest.raises(StatusRefused):
        people.manage.set_roles(people.ada, [STAFF], "*", people.root)
    with pytest.raises(AccountNotActive):
        people.profile.delete(people.ada, "*")


def test_an_account_that_is_there_is_not_erased_whatever_the_event_says(people: People) -> None:
    session, _ = Session.open(people.user(people.ada), people.clock())
    people.accounts.sessions[session.session_id] = session
    people.profile.delete(people.ada, "*")
    deleted = people.accounts.events[-1]
    other = people.add(person(people.clock)).user_id
    kept, _ = Session.open(people.user(other), people.clock())
    people.accounts.sessions[kept.session_id] = kept
    for user_id in (people.ada, people.ada, other, "usr_none"):
        people.eraser.handle(
            type(deleted)("agora.identity", "UserDeleted", user_id, 9, deleted.time, {"user_id": user_id})
        )
    assert list(people.accounts.sessions) == [kept.session_id]


def test_accounts_are_listed_newest_first_page_by_page(people: People) -> None:
    made = []
    for number in range(5):
        people.clock.advance(minutes=1)
        made.append(people.add(person(people.clock, f"p{number}@example.com")).user_id)
    people.manage.set_status(made[2], Status.DELETED, "", "*", people.root)
    people.manage.set_status(made[1], Status.SUSPENDED, "", "*", people.root)
    found: list[str] = []
    cursor, pages = None, 0
    while pages == 0 or cursor:
        page, cursor = people.directory.page(None, None, 2, cursor)
        found += [user.user_id for user in page]
        pages += 1
    assert found[:4] == [made[4], made[3], made[1], made[0]]
    assert set(found[4:]) == {people.ada, people.root}
    assert pages == 3
    assert [user.user_id for user in people.directory.page(None, "deleted", 9, None)[0]] == [made[2]]
    assert [user.user_id for user in people.directory.page(ADMIN, "active", 9, None)[0]] == [people.root]
    _, cursor = people.directory.page(None, None, 2, None)
    with pytest.raises(BadRequest):
        people.directory.page(ADMIN, None, 2, cursor)


@given(st.lists(st.sampled_from(Status), max_size=8))
def test_only_the_table_of_transitions_decides(wanted: list[Status]) -> None:
    people = People()
    for status in wanted:
        before = people.user(people.ada)
        if status is before.status or status in TRANSITIONS[before.status]:
            assert people.manage.set_status(people.ada, status, "", "*", people.root).status is status
        else:
            with pytest.raises(StatusRefused):
                people.manage.set_status(people.ada, status, "", "*", people.root)
    told = [sequence for _, sequence in people.told(people.ada)]
    assert told == list(range(1, len(told) + 1))


def test_nothing_is_kept_with_an_account_that_nobody_may_use(people: People) -> None:
    people.profile.delete(people.ada, "*")
    with pytest.raises(AccountNotActive):
        people.addresses.add(people.ada, PLACE, default=False, key=key("k"))
    with pytest.raises(AccountNotActive):
        people.preferences.put(people.ada, people.preferences.get(people.ada), None)
