"""What people do with their address book."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from identity.addresses import Address, AddressBook, Place
from identity.user_ports import Documents, KeyUsed, Kind, Remembered, Stored
from identity.user_views import AddressView
from kernel import etag
from kernel.clock import Clock
from kernel.errors import PreconditionFailed, TransientError
from kernel.idempotency import Answer, IdempotencyKey
from kernel.retry import until_written

_KIND: Kind = "ADDRESSES"

T = TypeVar("T")


@dataclass(frozen=True)
class Addresses:
    """One's own addresses."""

    documents: Documents
    clock: Clock

    def book(self, user_id: str) -> AddressBook:
        """The whole book."""
        stored = self.documents.get(user_id, _KIND)
        return AddressBook() if stored is None else AddressBook.of_document(stored.document, stored.version)

    def add(self, user_id: str, place: Place, *, default: bool, key: IdempotencyKey) -> Answer:
        """A new entry, once for each key. Raises `TooManyAddresses`."""

        def attempt() -> Answer:
            before = self.book(user_id)
            after, new = before.with_new(place, default=default, now=self.clock())
            answer = Answer(201, AddressView.of(after, new).to_dict())
            self._save(user_id, before, after, Remembered(key, answer))
            return answer

        given = self.documents.answer(user_id, key)
        if given is not None:
            return given
        try:
            return until_written(attempt, f"the addresses of {user_id}")
        except KeyUsed:
            return self._repeated(user_id, key)

    def replace(
        self, user_id: str, address_id: str, place: Place, *, default: bool, if_match: str | None
    ) -> tuple[AddressBook, Address]:
        """Another place under the same id. Raises `AddressNotFound`."""

        def change(book: AddressBook) -> tuple[AddressBook, Address]:
            return book.with_changed(address_id, place, default=default, now=self.clock())

        return self._changed(user_id, address_id, if_match, change)

    def remove(self, user_id: str, address_id: str, if_match: str | None) -> None:
        """Take an entry out. Raises `AddressNotFound`."""
        self._changed(user_id, address_id, if_match, lambda book: (book.without(address_id), None))

    def _changed(
        self,
        user_id: str,
        address_id: str,
        if_match: str | None,
        change: Callable[[AddressBook], tuple[AddressBook, T]],
    ) -> tuple[AddressBook, T]:
        expected = etag.required_version(if_match)

        def attempt() -> tuple[AddressBook, T]:
            before = self.book(user_id)
            if expected not in {None, before.get(address_id).version}:
                raise PreconditionFailed("the address has changed since it was read")
            after, result = change(before)
            self._save(user_id, before, after)
            return after, result

        return until_written(attempt, f"the addresses of {user_id}")

    def _save(
        self, user_id: str, before: AddressBook, after: AddressBook, remembered: Remembered | None = None
    ) -> None:
        self.documents.save(user_id, _KIND, Stored(after.to_document(), before.version + 1), remembered)

    def _repeated(self, user_id: str, key: IdempotencyKey) -> Answer:
        given = self.documents.answer(user_id, key)
        if given is None:
            raise TransientError("the answer to this Idempotency-Key has just passed its time")
        return given
