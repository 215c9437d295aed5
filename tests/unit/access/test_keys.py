"""API keys: made, rotated, ended, and what is left when whoever does it dies half-way."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from access.errors import ApiKeyNotFound, ApiKeyRevoked, RotationUnderWay
from access.fakes import MemoryApiKeys, MemoryGateway
from access.model import Status
from kernel.errors import IdempotencyKeyReused, TransientError
from kernel.idempotency import IdempotencyKey
from tests.unit.access.lodge import ADMIN, Lodge


class Died(BaseException):
    """The process is gone: nothing after the line that raised this runs."""


class Memory(Lodge):
    """The lodge with its fakes known as such."""

    store: MemoryApiKeys
    gateway: MemoryGateway

    def names(self) -> list[str]:
        return [event.name for event in self.store.events]


@pytest.fixture
def lodge() -> Memory:
    return Memory()


def test_a_new_key_is_good_for_its_plan_and_is_told_once(lodge: Memory) -> None:
    issued = lodge.create("partner")
    assert re.fullmatch(r"partner_[A-Za-z0-9]{40}", issued.value)
    assert lodge.gateway.plan_of(issued.value) == "partner"
    stored = lodge.keys.get(issued.api_key.key_id)
    assert stored == issued.api_key
    assert (stored.status, stored.wanted, stored.due_at()) == (Status.ACTIVE, None, None)
    assert stored.current is not None
    assert stored.current.last_four == issued.value[-4:]
    (event,) = lodge.store.events
    assert event.data == {"key_id": stored.key_id, "plan": "partner", "name": "Till", "created_by": ADMIN}
    assert issued.value not in str((stored, event))


def test_a_repeated_request_gets_the_same_key_with_the_same_value(lodge: Memory) -> None:
    key = lodge.request("once")
    assert lodge.create(key=key) == lodge.create(key=key)
    assert len(lodge.gateway.values) == 1
    with pytest.raises(IdempotencyKeyReused):
        lodge.create(key=IdempotencyKey(key.scope, key.key, "another body"))


def test_a_rotated_key_has_two_good_values_until_the_overlap_ends(lodge: Memory) -> None:
    old = lodge.create()
    lodge.later(days=3)
    new = lodge.rotate(old.api_key.key_id, overlap_hours=2)
    assert new.value != old.value
    assert [lodge.gateway.plan_of(each.value) for each in (old, new)] == ["partner", "partner"]
    assert new.api_key.previous_ends_at == lodge.now + timedelta(hours=2)
    lodge.later(hours=1, minutes=59)
    assert lodge.sweep()["settled"] == 0
    lodge.later(minutes=1)
    assert lodge.sweep()["settled"] == 1
    assert [lodge.gateway.plan_of(each.value) for each in (old, new)] == [None, "partner"]
    assert lodge.keys.get(old.api_key.key_id).credentials == new.api_key.credentials[:1]
    assert lodge.sweep()["settled"] == 0
    assert lodge.names() == ["ApiKeyCreated", "ApiKeyRotated"]
    assert [event.sequence for event in lodge.store.events] == [1, 2]


def test_a_rotation_without_overlap_ends_every_other_value_at_once(lodge: Memory) -> None:
    first = lodge.create()
    second = lodge.rotate(first.api_key.key_id, overlap_hours=24)
    third = lodge.rotate(first.api_key.key_id, overlap_hours=0)
    assert [lodge.gateway.plan_of(each.value) for each in (first, second, third)] == [None, None, "partner"]
    assert third.api_key.previous is None
    assert third.api_key.due_at() is None


def test_a_rotation_waits_for_the_end_of_the_one_before(lodge: Memory) -> None:
    first = lodge.create()
    second = lodge.rotate(first.api_key.key_id)
    with pytest.raises(RotationUnderWay):
        lodge.rotate(first.api_key.key_id)
    lodge.later(hours=24)
    third = lodge.rotate(first.api_key.key_id)
    assert [lodge.gateway.plan_of(each.value) for each in (first, second, third)] == [None, "partner", "partner"]


def test_a_repeated_rotation_gets_the_same_value_while_it_is_good(lodge: Memory) -> None:
    key_id, key = lodge.create().api_key.key_id, lodge.request("once")
    assert lodge.rotate(key_id, key=key) == lodge.rotate(key_id, key=key)
    lodge.rotate(key_id, overlap_hours=0)
    with pytest.raises(ApiKeyRevoked):
        lodge.rotate(key_id, key=key)


def test_a_revoked_key_has_no_good_value_and_no_way_back(lodge: Memory) -> None:
    first, key = lodge.create(), lodge.request("once")
    key_id = first.api_key.key_id
    second = lodge.rotate(key_id, key=key)
    for _ in range(2):
        lodge.keys.revoke(key_id, ADMIN)
    assert [lodge.gateway.plan_of(each.value) for each in (first, second)] == [None, None]
    assert not lodge.gateway.values
    assert lodge.keys.get(key_id).due_at() is None
    assert lodge.names() == ["ApiKeyCreated", "ApiKeyRotated", "ApiKeyRevoked"]
    for request in (key, lodge.request()):
        with pytest.raises(ApiKeyRevoked):
            lodge.rotate(key_id, key=request)


@pytest.mark.parametrize("ask", [lambda keys: keys.get("key_none"), lambda keys: keys.revoke("key_none", ADMIN)])
def test_a_key_that_never_was_is_not_found(lodge: Memory, ask: Callable[[Any], Any]) -> None:
    with pytest.raises(ApiKeyNotFound):
        ask(lodge.keys)
    with pytest.raises(ApiKeyNotFound):
        lodge.rotate("key_none")


def test_usage_is_of_all_good_values_together(lodge: Memory) -> None:
    issued = lodge.create("free")
    rotated = lodge.rotate(issued.api_key.key_id)
    first, second = date(2026, 11, 20), date(2026, 11, 21)
    old, new = (str(each.current.gateway_id) for each in (issued.api_key, rotated.api_key) if each.current)
    lodge.gateway.used = {old: {first: 3, second: 4}, new: {second: 5}}
    uses = lodge.keys.usage(rotated.api_key, first, second)
    assert [(use.used, use.remaining) for use in uses] == [(3, 10_000), (9, 9_995)]


def dying(lodge: Memory, port: object, method: str, *, after: bool, nth: int = 1) -> Callable[[], None]:
    """Let the process die before or after the nth call of a port's method; returns what revives it."""
    real, left = getattr(port, method), [nth]

    def call(*arguments: Any, **named: Any) -> Any:
        left[0] -= 1
        if left[0] == 0 and not after:
            raise Died
        result = real(*arguments, **named)
        if left[0] == 0:
            raise Died
        return result

    setattr(port, method, call)
    return lambda: setattr(port, method, real)


DEATHS = [
    ("store", "write", 1),
    ("gateway", "named", 1),
    ("gateway", "create", 1),
    ("gateway", "attach", 1),
    ("store", "write", 2),
]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("port", "method", "nth"), DEATHS, ids=[f"{port}-{method}-{nth}" for port, method, nth in DEATHS]
)
@pytest.mark.parametrize("rotates", [False, True], ids=["create", "rotate"])
def test_whoever_dies_half_way_is_followed_by_a_repetition(
    lodge: Memory, rotates: bool, port: str, method: str, nth: int, after: bool
) -> None:
    key_id, key = lodge.create().api_key.key_id, lodge.request("once")

    def send() -> Any:
        return lodge.rotate(key_id, key=key) if rotates else lodge.create("free", key)

    revive = dying(lodge, getattr(lodge, port), method, after=after, nth=nth)
    with pytest.raises(Died):
        send()
    revive()
    answers = [send() for _ in range(2)]
    assert answers[0] == answers[1]
    assert lodge.gateway.plan_of(answers[0].value) == ("partner" if rotates else "free")
    assert len(lodge.gateway.values) == 2, "the first key's, and one more"
    assert lodge.names() == ["ApiKeyCreated", "ApiKeyRotated" if rotates else "ApiKeyCreated"]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("port", "method", "nth"), DEATHS, ids=[f"{port}-{method}-{nth}" for port, method, nth in DEATHS]
)
@pytest.mark.parametrize("rotates", [False, True], ids=["create", "rotate"])
def test_whoever_dies_half_way_and_never_comes_back_leaves_nothing_that_works(
    lodge: Memory, rotates: bool, port: str, method: str, nth: int, after: bool
) -> None:
    first, key = lodge.create(), lodge.request("once")

    def send() -> Any:
        return lodge.rotate(first.api_key.key_id, key=key) if rotates else lodge.create("free", key)

    revive = dying(lodge, getattr(lodge, port), method, after=after, nth=nth)
    with pytest.raises(Died):
        send()
    revive()
    done = (method, nth, after) == ("write", 2, True)
    nothing_begun = (method, nth, after) == ("write", 1, False)
    lodge.later(minutes=5)
    for _ in range(2):
        lodge.sweep()
    assert lodge.gateway.plan_of(first.value) == "partner"
    assert len(lodge.gateway.values) == (2 if done else 1)
    if done or nothing_begun:
        return
    with pytest.raises(ApiKeyRevoked):
        send()
    assert {each.status for each in lodge.store.keys.values()} == (
        {Status.ACTIVE} if rotates else {Status.ACTIVE, Status.REVOKED}
    )
    assert all(each.due_at() is None for each in lodge.store.keys.values())


SETTLING = [("gateway", "delete", 1), ("gateway", "delete", 2), ("store", "write", 1), ("store", "write", 2)]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    ("port", "method", "nth"), SETTLING, ids=[f"{port}-{method}-{nth}" for port, method, nth in SETTLING]
)
def test_a_revocation_that_died_is_finished_by_its_repetition_or_by_the_sweeper(
    lodge: Memory, port: str, method: str, nth: int, after: bool
) -> None:
    key_id = lodge.create().api_key.key_id
    lodge.rotate(key_id)
    revive = dying(lodge, getattr(lodge, port), method, after=after, nth=nth)
    with pytest.raises(Died):
        lodge.keys.revoke(key_id, ADMIN)
    revive()
    if (method, nth, after) == ("write", 1, False):
        lodge.keys.revoke(key_id, ADMIN)
    lodge.sweep()
    assert not lodge.gateway.values
    assert lodge.keys.get(key_id).due_at() is None
    assert lodge.names()[2:] == ["ApiKeyRevoked"]


def test_a_value_made_too_late_is_taken_back(lodge: Memory) -> None:
    """The maker was only slow: the sweeper has given up on it when it comes to say that the value is there."""
    attach = lodge.gateway.attach

    def slowly(plan: str, gateway_id: str) -> None:
        lodge.later(minutes=6)
        lodge.sweep()
        attach(plan, gateway_id)

    lodge.gateway.attach = slowly  # type: ignore[method-assign]
    with pytest.raises(ApiKeyRevoked):
        lodge.create()
    assert not lodge.gateway.values
    (left,) = lodge.store.keys.values()
    assert (left.status, left.due_at()) == (Status.REVOKED, None)
    assert lodge.names() == []


def test_a_key_revoked_while_its_value_is_made_stays_revoked(lodge: Memory) -> None:
    key_id = lodge.create().api_key.key_id
    attach = lodge.gateway.attach

    def revoked_meanwhile(plan: str, gateway_id: str) -> None:
        attach(plan, gateway_id)
        lodge.keys.revoke(key_id, ADMIN)

    lodge.gateway.attach = revoked_meanwhile  # type: ignore[method-assign]
    with pytest.raises(ApiKeyRevoked):
        lodge.rotate(key_id)
    assert not lodge.gateway.values
    assert lodge.names() == ["ApiKeyCreated", "ApiKeyRevoked"]


def test_two_equal_requests_at_once_get_one_value(lodge: Memory) -> None:
    key, answers = lodge.request("once"), []
    attach = lodge.gateway.attach

    def twice(plan: str, gateway_id: str) -> None:
        lodge.gateway.attach = attach  # type: ignore[method-assign]
        answers.append(lodge.create(key=key))
        attach(plan, gateway_id)

    lodge.gateway.attach = twice  # type: ignore[method-assign]
    answers.append(lodge.create(key=key))
    assert answers[0] == answers[1]
    assert len(lodge.gateway.values) == 1
    assert lodge.names() == ["ApiKeyCreated"]


def test_one_key_that_cannot_be_settled_does_not_keep_the_others(lodge: Memory) -> None:
    ids = [lodge.create(name=f"{number}").api_key.key_id for number in range(3)]
    for key_id in ids:
        lodge.rotate(key_id, overlap_hours=1)
    lodge.later(hours=1)
    delete, broken = lodge.gateway.delete, lodge.keys.get(ids[0]).previous

    def failing(gateway_id: str) -> None:
        if broken and gateway_id == broken.gateway_id:
            raise TransientError("no answer")
        delete(gateway_id)

    lodge.gateway.delete = failing  # type: ignore[method-assign]
    assert lodge.sweep() == {"outcome": "swept", "settled": 2}
    lodge.gateway.delete = delete  # type: ignore[method-assign]
    assert lodge.sweep() == {"outcome": "swept", "settled": 1}
    assert len(lodge.gateway.values) == 3
