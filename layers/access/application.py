"""The use cases of API keys.

A value is made in three steps: the row says that it is wanted, the gateway makes it, the row says that it is there.
Whoever dies in between leaves a row that a repetition of the request, or in the end the sweeper, brings to its end.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from access import events
from access.errors import ApiKeyNotFound, ApiKeyRevoked, KeyUsed, Lost, RotationUnderWay
from access.model import ApiKey, Status, Wanted, gateway_name, new_value
from access.ports import ApiKeys, Gateway, Made, Page, Use
from access.settling import Settle
from kernel.clock import Clock
from kernel.idempotency import Answer, IdempotencyKey
from kernel.ids import API_KEY, new_id


@dataclass(frozen=True, slots=True)
class Issued:
    """A key with the value that was made for a request."""

    api_key: ApiKey
    value: str


@dataclass(frozen=True)
class Keys:
    """Keys, one at a time."""

    keys: ApiKeys
    gateway: Gateway
    prefix: str
    clock: Clock

    def get(self, key_id: str) -> ApiKey:
        """The key. Raises `ApiKeyNotFound`."""
        found = self.keys.get(key_id)
        if found is None:
            raise ApiKeyNotFound(f"there is no API key {key_id}")
        return found

    def page(self, limit: int, position: Mapping[str, Any] | None) -> Page:
        """Keys, newest first."""
        return self.keys.page(limit, position)

    def create(self, name: str, description: str, plan: str, by: str, key: IdempotencyKey) -> Issued:
        """A new key; a repetition gets the same key with the same value."""
        given = self.keys.answer(key)
        if given is not None:
            return self._repeated(given)
        now = self.clock()
        wanted = Wanted(1, now, 0, by)
        new = ApiKey(new_id(API_KEY), name, description, plan, Status.CREATING, now, now, wanted=wanted)
        return self._asked(new, wanted, key)

    def rotate(self, key_id: str, overlap_hours: int, by: str, key: IdempotencyKey) -> Issued:
        """Another value for the key. Raises `ApiKeyNotFound`, `ApiKeyRevoked`, `RotationUnderWay`.

        The present value is good for `overlap_hours` more. While one before it is, only a rotation without overlap is
        possible, which ends both.
        """
        given = self.keys.answer(key)
        if given is not None:
            return self._repeated(given)
        api_key, now = self._active(key_id), self.clock()
        if overlap_hours and api_key.is_overlapping(now):
            raise RotationUnderWay("the value before the present one is still good: wait, or ask for no overlap")
        number = api_key.current.number + 1 if api_key.current else 1
        wanted = Wanted(number, now, overlap_hours, by)
        if api_key.previous is not None:
            self.gateway.delete(api_key.previous.gateway_id)
        issued = self._asked(api_key.rotating(wanted), wanted, key)
        return replace(issued, api_key=self._settle(issued.api_key))

    def revoke(self, key_id: str, by: str) -> None:
        """Refuse every value of the key from now on. Raises `ApiKeyNotFound`; a repetition is done again."""
        api_key = self.get(key_id)
        if api_key.status is not Status.REVOKED:
            api_key = api_key.revoked(self.clock())
            self.keys.write(api_key, events.revoked(api_key, by))
        self._settle(api_key)

    def usage(self, api_key: ApiKey, start: date, end: date) -> list[Use]:
        """What the key's good values used on each day, together."""
        each = [self.gateway.usage(api_key.plan, one.gateway_id, start, end) for one in api_key.credentials]
        return [Use(sum(use.used for use in day), day[0].remaining) for day in zip(*each, strict=True)]

    def _active(self, key_id: str) -> ApiKey:
        api_key = self.get(key_id)
        if api_key.status is Status.REVOKED:
            raise ApiKeyRevoked(f"{key_id} was revoked")
        if api_key.wanted is not None:
            raise RotationUnderWay("another value is being made")
        return api_key

    def _asked(self, api_key: ApiKey, wanted: Wanted, key: IdempotencyKey) -> Issued:
        answer = Answer(201, {"key_id": api_key.key_id, "number": wanted.number})
        try:
            self.keys.write(api_key, None, key, answer)
        except Lost:
            raise RotationUnderWay("another request changed the key at the same time") from None
        except KeyUsed:
            return self._repeated(self.keys.answer(key) or answer)
        return self._issued(api_key, wanted)

    def _repeated(self, given: Answer) -> Issued:
        api_key, number = self.get(str(given.body["key_id"])), int(given.body["number"])
        wanted, made = api_key.wanted, api_key.credential(number)
        if api_key.status is not Status.REVOKED and wanted and wanted.number == number and not wanted.cancelled:
            return self._issued(api_key, wanted)
        value = self.gateway.value(made.gateway_id) if made else None
        if value is None:
            raise ApiKeyRevoked("the value that this request made is not good any more")
        return Issued(api_key, value)

    def _issued(self, api_key: ApiKey, wanted: Wanted) -> Issued:
        """Have the gateway make what is wanted, unless somebody did and died, and say so."""
        made = self._made(gateway_name(self.prefix, api_key.key_id, wanted.number), api_key.plan)
        issued = api_key.issued(wanted, made.gateway_id, made.value, self.clock())
        try:
            self.keys.write(issued, events.issued(issued, wanted.by))
        except Lost:
            return self._overtaken(api_key.key_id, wanted.number, made)
        return Issued(issued, made.value)

    def _made(self, name: str, plan: str) -> Made:
        known = self.gateway.named(name)
        made = known[0] if known else self.gateway.create(name, new_value(plan))
        self.gateway.attach(plan, made.gateway_id)
        return made

    def _overtaken(self, key_id: str, number: int, made: Made) -> Issued:
        """A repetition of the request was faster, or the key was revoked meanwhile."""
        theirs = self.get(key_id).credential(number)
        if theirs is None or theirs.gateway_id != made.gateway_id:
            self.gateway.delete(made.gateway_id)
        return self._repeated(Answer(201, {"key_id": key_id, "number": number}))

    def _settle(self, api_key: ApiKey) -> ApiKey:
        return Settle(self.keys, self.gateway, self.prefix)(api_key, self.clock())
