"""The address book, its one default and its limit; and preferences."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identity.addresses import MAX_ADDRESSES, AddressBook
from identity.preferences import Preferences
from identity.user_errors import AddressNotFound, TooManyAddresses
from kernel.errors import IdempotencyKeyReused, PreconditionFailed, PreconditionRequired
from tests.unit.identity.support import Clock
from tests.unit.identity.user_support import PLACE, People, key


@pytest.fixture
def people() -> People:
    return People()


def add(people: People, text: str = "k", *, default: bool = False) -> str:
    return str(people.addresses.add(people.ada, PLACE, default=default, key=key(text)).body["address_id"])


def test_the_first_is_the_default_until_another_is(people: People) -> None:
    first, second = add(people, "1"), add(people, "2")
    assert people.addresses.book(people.ada).default_id == first
    third = add(people, "3", default=True)
    assert people.addresses.book(people.ada).default_id == third
    people.addresses.replace(people.ada, second, PLACE, default=True, if_match='"1"')
    people.addresses.replace(people.ada, second, PLACE, default=False, if_match='"2-1"')
    assert people.addresses.book(people.ada).default_id == second
    people.addresses.remove(people.ada, second, '"3-1"')
    assert people.addresses.book(people.ada).default_id == first
    for address_id in (first, third):
        people.addresses.remove(people.ada, address_id, "*")
    assert people.addresses.book(people.ada) == AddressBook(version=8)


def test_the_same_key_adds_once_and_another_body_is_refused(people: People) -> None:
    answer = people.addresses.add(people.ada, PLACE, default=False, key=key("k"))
    assert people.addresses.add(people.ada, PLACE, default=False, key=key("k")) == answer
    assert len(people.addresses.book(people.ada).addresses) == 1
    with pytest.raises(IdempotencyKeyReused):
        people.addresses.add(people.ada, PLACE, default=False, key=key("k", "other"))
    assert answer.status == 201
    assert (answer.body["default"], answer.body["version"], answer.body["postcode"]) == (True, 1, "SW1Y 4JH")


def test_a_full_book_takes_no_more(people: People) -> None:
    for number in range(MAX_ADDRESSES):
        add(people, str(number))
    with pytest.raises(TooManyAddresses):
        add(people, "one more")
    people.addresses.remove(people.ada, people.addresses.book(people.ada).addresses[3].address_id, "*")
    add(people, "one more")


def test_a_change_names_the_version_that_it_is_made_to(people: People) -> None:
    address_id = add(people)
    with pytest.raises(PreconditionRequired):
        people.addresses.remove(people.ada, address_id, None)
    for stale in ('"2"', '"0"', "nonsense"):
        with pytest.raises(PreconditionFailed):
            people.addresses.replace(people.ada, address_id, PLACE, default=False, if_match=stale)
    elsewhere = replace(PLACE, city="Paris", country="FR")
    _, changed = people.addresses.replace(people.ada, address_id, elsewhere, default=False, if_match='"1"')
    assert (changed.place, changed.version) == (elsewhere, 2)
    for other in ("adr_none", ""):
        with pytest.raises(AddressNotFound):
            people.addresses.remove(people.ada, other, "*")
    with pytest.raises(AddressNotFound):
        people.addresses.remove(people.root, address_id, "*")


@given(st.lists(st.tuples(st.sampled_from(["add", "default", "change", "remove"]), st.integers(0, 9)), max_size=30))
def test_whatever_is_done_there_is_exactly_one_default_as_long_as_there_are_any(steps: list[tuple[str, int]]) -> None:
    book, now = AddressBook(), Clock()()
    for step, number in steps:
        known = book.addresses[number % len(book.addresses)].address_id if book.addresses else None
        if step == "add" or known is None:
            book, _ = book.with_new(PLACE, default=number % 2 == 0, now=now)
        elif step == "remove":
            book = book.without(known)
        else:
            book, _ = book.with_changed(known, PLACE, default=step == "default", now=now)
        ids = [each.address_id for each in book.addresses]
        assert (book.default_id in ids) if ids else book.default_id is None
    assert AddressBook.of_document(book.to_document(), 0) == book


def test_many_at_once_do_not_pass_the_limit(people: People) -> None:
    for number in range(MAX_ADDRESSES - 2):
        add(people, str(number))

    def one_more(number: int) -> bool:
        try:
            add(people, f"late {number}")
        except TooManyAddresses:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(one_more, range(8))) == 2


def test_preferences_are_said_anew_and_as_a_whole(people: People) -> None:
    assert people.preferences.get(people.ada) == Preferences("en", None, False, 0)
    said = people.preferences.put(people.ada, Preferences("de-AT", "EUR", True), None)
    assert said == people.preferences.get(people.ada) == Preferences("de-AT", "EUR", True, 1)
    with pytest.raises(PreconditionRequired):
        people.preferences.put(people.ada, Preferences(), None)
    with pytest.raises(PreconditionFailed):
        people.preferences.put(people.ada, Preferences(), '"0"')
    assert people.preferences.put(people.ada, Preferences(), '"1"').version == 2
    assert people.preferences.put(people.root, Preferences("fr"), '"0"').version == 1
