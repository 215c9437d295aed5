"""The trail: complete, in order, without personal data, whatever the bus does."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.application import Auditor
from audit.fakes import MemoryTrail
from audit.masking import masked
from kernel.events import Event
from tests.unit.audit.support import ADDRESS, HISTORY, ORDER, PAYMENT, PERSONAL, placed


def audited(events: list[Event]) -> Auditor:
    auditor = Auditor(MemoryTrail())
    for each in events:
        auditor.record(each)
    return auditor


def test_the_trail_tells_what_happened_and_why() -> None:
    first, *_ = audited(HISTORY).read(ORDER)
    assert (first["name"], first["source"], first["sequence"]) == ("OrderPlaced", "agora.orders", 1)
    assert (first["correlation_id"], first["time"]) == ("req-1", "2026-11-21T09:00:01.000Z")
    assert first["data"]["lines"] == [{"sku": "SKU-1", "name": "Teapot", "quantity": 2}]


def test_each_aggregate_has_its_own_trail() -> None:
    auditor = audited(HISTORY)
    assert [entry["name"] for entry in auditor.read(ORDER)] == ["OrderPlaced", "OrderConfirmed", "OrderFulfilling"]
    assert [entry["name"] for entry in auditor.read(PAYMENT)] == ["PaymentAuthorised", "PaymentCaptured"]
    assert auditor.read("ord_OTHER") == []


def test_no_personal_data_is_kept() -> None:
    kept = json.dumps(audited([placed()]).read(ORDER))
    assert not [text for text in PERSONAL if text in kept]
    assert '"email": "***"' in kept
    assert '"country": "GB"' in kept


@given(st.permutations(HISTORY), st.lists(st.sampled_from(HISTORY), max_size=10))
def test_any_order_and_repetition_gives_the_same_trail(shuffled: list[Event], repeated: list[Event]) -> None:
    expected, found = audited(HISTORY), audited([*shuffled, *repeated])
    assert found.read(ORDER) == expected.read(ORDER)
    assert found.read(PAYMENT) == expected.read(PAYMENT)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"phone": "+44"}, {"phone": "***"}),
        ({"email": None}, {"email": None}),
        ({"customer": {"email": "a@b.co"}}, {"customer": {"email": "***"}}),
        (
            {"parties": [{"email": "a@b.co"}, [{"phone": "1"}]]},
            {"parties": [{"email": "***"}, [{"phone": "***"}]]},
        ),
        ({"billing_address": "12 St James's"}, {"billing_address": "***"}),
        ({"shipping_address": None}, {"shipping_address": None}),
        ({"name": "Teapot", "amount": {"amount": 1, "currency": "GBP"}},) * 2,
    ],
)
def test_masking_goes_by_name_at_any_depth(data: dict[str, Any], expected: dict[str, Any]) -> None:
    assert masked(data) == expected


def test_of_an_address_the_country_stays() -> None:
    found = masked({"shipping_address": ADDRESS})["shipping_address"]
    assert found.keys() == ADDRESS.keys()
    assert {value for value in found.values() if value is not None} == {"***", "GB"}


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(max_size=5), _JSON, max_size=4))
def test_masking_twice_is_masking_once_and_keeps_the_shape(data: dict[str, Any]) -> None:
    once = masked({**data, "email": "ada@example.com", "shipping_address": ADDRESS})
    assert masked(once) == once
    assert once.keys() >= data.keys()
