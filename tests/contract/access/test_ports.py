"""What every store of API keys and every gateway promises."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from access import events
from access.errors import KeyUsed, Lost
from access.model import ApiKey, Status, Wanted, gateway_name, new_value
from access.ports import ApiKeys, Gateway
from kernel.errors import IdempotencyKeyReused
from kernel.idempotency import Answer, IdempotencyKey

pytestmark = pytest.mark.contract
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
WANTED = Wanted(1, NOW, 24, "usr_1")
ANSWER = Answer(201, {"key_id": "key_1", "number": 1})


def api_key(number: int = 1) -> ApiKey:
    return ApiKey(f"key_{number}", "Till", "of London", "partner", Status.CREATING, NOW, NOW, wanted=WANTED)


def history() -> list[ApiKey]:
    """A key in every form that it can have."""
    asked = api_key()
    issued = asked.issued(WANTED, "gw1", new_value("partner"), NOW)
    rotating = issued.rotating(replace(WANTED, number=2))
    rotated = rotating.issued(replace(WANTED, number=2), "gw2", new_value("partner"), NOW)
    return [asked, issued, rotating, rotating.cancelling(NOW), rotated, rotated.revoked(NOW)]


def test_every_form_of_a_key_comes_back_as_it_was(store: ApiKeys) -> None:
    for number, form in enumerate(history()):
        stored = replace(form, key_id=f"key_{number}", version=1)
        store.write(stored)
        assert store.get(stored.key_id) == stored
    assert store.get("key_none") is None


def test_a_version_is_written_once(store: ApiKeys) -> None:
    first, second, *_ = history()
    store.write(first)
    store.write(second, events.issued(second, "usr_1"))
    for lost in (first, second, replace(second, version=4)):
        with pytest.raises(Lost):
            store.write(lost)
    assert store.get(first.key_id) == second


def test_an_answer_is_stored_with_the_key_or_neither_is(store: ApiKeys) -> None:
    key = IdempotencyKey("usr_1", "once", "fingerprint")
    assert store.answer(key) is None
    store.write(api_key(1), None, key, ANSWER)
    assert store.answer(key) == ANSWER
    with pytest.raises(KeyUsed):
        store.write(api_key(2), None, key, Answer(201, {"key_id": "key_2", "number": 1}))
    assert store.get("key_2") is None
    assert store.answer(key) == ANSWER
    with pytest.raises(IdempotencyKeyReused):
        store.answer(IdempotencyKey("usr_1", "once", "another"))


def test_keys_are_listed_newest_first_page_by_page(store: ApiKeys) -> None:
    for number in range(5):
        store.write(api_key(number))
    seen, position = [], None
    for _ in range(3):
        page = store.page(2, position)
        seen.append([each.key_id for each in page.items])
        position = page.position
    assert seen == [["key_4", "key_3"], ["key_2", "key_1"], ["key_0"]]
    assert position is None


def test_what_is_due_is_found_when_it_is_and_only_then(store: ApiKeys) -> None:
    first, second, *_ = history()
    store.write(first)
    store.write(replace(first, key_id="key_2", wanted=replace(WANTED, cancelled=True)))
    assert store.due(NOW, 10) == ["key_2"]
    assert store.due(NOW + timedelta(minutes=5), 10) == ["key_2", "key_1"]
    assert store.due(NOW + timedelta(minutes=5), 1) == ["key_2"]
    store.write(second)
    assert store.due(NOW + timedelta(days=365), 10) == ["key_2"]


def test_a_value_is_known_by_its_name_and_its_id(gateway: Gateway) -> None:
    value = new_value("free")
    made = gateway.create(gateway_name("agora", "key_1", 1), value)
    gateway.create(gateway_name("agora", "key_1", 11), new_value("free"))
    assert made.value == value
    assert gateway.named("agora-key_1-1") == [made], "and not what only begins like it"
    assert gateway.value(made.gateway_id) == value
    assert gateway.named("agora-key_2-1") == []
    assert gateway.value("unknown") is None


def test_attaching_and_deleting_are_safe_to_repeat(gateway: Gateway) -> None:
    made = gateway.create("agora-key_1-1", new_value("free"))
    for _ in range(2):
        gateway.attach("free", made.gateway_id)
    for _ in range(2):
        gateway.delete(made.gateway_id)
    assert gateway.value(made.gateway_id) is None
