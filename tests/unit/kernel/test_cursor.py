"""Page cursors: opened by the list that sealed them, and by nothing else."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.cursor import Cursors
from kernel.errors import BadRequest

POSITION = {"pk": "ord_1", "placed_at": "2026-11-21T09:30:00.000Z", "n": 3}
JSON_VALUES = st.dictionaries(st.text(max_size=20), st.one_of(st.text(max_size=50), st.integers(), st.booleans()))


def _cursors(key: str = "key") -> Cursors:
    return Cursors(lambda: key)


def _sealed() -> str:
    cursor = _cursors().seal("orders", POSITION)
    assert cursor is not None
    return cursor


@given(JSON_VALUES)
def test_opened_is_what_was_sealed(position: dict[str, object]) -> None:
    cursor = _cursors().seal("orders", position)
    assert _cursors().open("orders", cursor) == position


def test_the_end_of_a_list_has_no_cursor() -> None:
    assert _cursors().seal("orders", None) is None
    assert _cursors().open("orders", None) is None
    assert _cursors().open("orders", "") is None


def test_cursor_needs_no_escaping_in_a_url() -> None:
    assert set(_sealed()) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_cursor_of_another_list_is_refused() -> None:
    with pytest.raises(BadRequest):
        _cursors().open("orders?customer=2", _sealed())


def test_cursor_signed_with_another_key_is_refused() -> None:
    with pytest.raises(BadRequest):
        _cursors("other").open("orders", _sealed())


def test_forged_position_is_refused() -> None:
    raw = base64.urlsafe_b64decode(_sealed() + "==")
    forged = raw[:16] + json.dumps({**POSITION, "pk": "ord_2"}).encode()
    with pytest.raises(BadRequest):
        _cursors().open("orders", base64.urlsafe_b64encode(forged).decode())


@given(st.data())
def test_no_changed_byte_goes_unseen(data: st.DataObject) -> None:
    raw = bytearray(base64.urlsafe_b64decode(_sealed() + "=" * (-len(_sealed()) % 4)))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(BadRequest):
        _cursors().open("orders", base64.urlsafe_b64encode(raw).decode().rstrip("="))


@given(st.text(min_size=1, max_size=200))
def test_any_text_is_refused_and_nothing_worse(text: str) -> None:
    with pytest.raises(BadRequest):
        _cursors().open("orders", text)


@pytest.mark.parametrize("length", [1, 5, 15, 16, 20])
def test_truncated_cursor_is_refused(length: int) -> None:
    with pytest.raises(BadRequest):
        _cursors().open("orders", _sealed()[:length])
