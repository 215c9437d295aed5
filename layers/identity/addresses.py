"""A customer's address book: one small document, so that its limits hold whatever happens at once."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from identity.user_errors import AddressNotFound, TooManyAddresses
from kernel.clock import from_rfc3339, to_rfc3339
from kernel.ids import new_id

MAX_ADDRESSES = 50
_ADDRESS = "adr"


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody can be reached: what orders take as `shipping_address`."""

    name: str
    line1: str
    city: str
    postcode: str
    country: str
    line2: str | None = None
    region: str | None = None
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """An entry of the book. `version` counts its changes from 1."""

    address_id: str
    place: Place
    created_at: datetime
    updated_at: datetime
    version: int = 1


@dataclass(frozen=True, slots=True)
class AddressBook:
    """At most `MAX_ADDRESSES`, of which exactly one is the default as long as there are any."""

    addresses: tuple[Address, ...] = ()
    default_id: str | None = None
    version: int = 0

    def get(self, address_id: str) -> Address:
        """An entry. Raises `AddressNotFound`."""
        found = next((each for each in self.addresses if each.address_id == address_id), None)
        if found is None:
            raise AddressNotFound(f"there is no address {address_id[:100]}")
        return found

    def with_new(self, place: Place, *, default: bool, now: datetime) -> tuple["AddressBook", Address]:
        """The book with one more entry; the first is the default. Raises `TooManyAddresses`."""
        if len(self.addresses) >= MAX_ADDRESSES:
            raise TooManyAddresses(f"an account has at most {MAX_ADDRESSES} addresses")
        new = Address(new_id(_ADDRESS), place, now, now)
        default_id = new.address_id if default or self.default_id is None else self.default_id
        return replace(self, addresses=(*self.addresses, new), default_id=default_id), new

    def with_changed(
        self, address_id: str, place: Place, *, default: bool, now: datetime
    ) -> tuple["AddressBook", Address]:
        """The book with another place under this id. `default` makes it the default; nothing else ends another's."""
        before = self.get(address_id)
        after = replace(before, place=place, updated_at=now, version=before.version + 1)
        addresses = tuple(after if each is before else each for each in self.addresses)
        return replace(self, addresses=addresses, default_id=address_id if default else self.default_id), after

    def without(self, address_id: str) -> "AddressBook":
        """The book without the entry; the oldest of the others follows a default."""
        self.get(address_id)
        left = tuple(each for each in self.addresses if each.address_id != address_id)
        if self.default_id != address_id:
            return replace(self, addresses=left)
        return replace(self, addresses=left, default_id=left[0].address_id if left else None)

    def to_document(self) -> dict[str, Any]:
        """As stored."""
        return {"addresses": [_stored(each) for each in self.addresses], "default_id": self.default_id}

    @classmethod
    def of_document(cls, document: Mapping[str, Any], version: int) -> "AddressBook":
        """The inverse of `to_document`."""
        return cls(tuple(map(_address, document["addresses"])), document["default_id"], version)


def _stored(address: Address) -> dict[str, Any]:
    times = {"created_at": to_rfc3339(address.created_at), "updated_at": to_rfc3339(address.updated_at)}
    return {**asdict(address), **times}


def _address(stored: Mapping[str, Any]) -> Address:
    return Address(
        address_id=stored["address_id"],
        place=Place(**stored["place"]),
        created_at=from_rfc3339(stored["created_at"]),
        updated_at=from_rfc3339(stored["updated_at"]),
        version=int(stored["version"]),
    )
