"""How the rush treats a busy stack, and what it refuses."""

from collections.abc import Iterator
from typing import Any
from unittest import mock

import httpx
import pytest

from bench import oversell
from bench.load.__main__ import Refused

STACK = {"api_url": "http://127.0.0.1:4566/v1", "api_keys": {"internal": "key"}, "staff": {}}


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.oversell.time.sleep", lambda _: None)


def answering(*answers: Any) -> Any:
    """The stack answers these, one after the other."""
    given: Iterator[Any] = iter(answers)

    def answer(*_: Any, **sent: Any) -> httpx.Response:
        told = next(given)
        if isinstance(told, Exception):
            raise told
        return httpx.Response(told, json={"access_token": "new"})

    return mock.patch("tests.e2e.client.httpx.request", side_effect=answer)


def test_what_was_not_answered_is_asked_again_with_the_same_key() -> None:
    shop = oversell.PatientShop(STACK)
    with answering(httpx.ReadTimeout("busy"), 503, 202) as asked:
        assert shop.place({}, who=None, key="k").status_code == 202
    assert [call.kwargs["headers"]["Idempotency-Key"] for call in asked.call_args_list] == ["k"] * 3


def test_a_token_that_ran_out_is_renewed() -> None:
    shop = oversell.PatientShop(STACK, {"staff": "old"})
    with answering(401, 200, 200) as asked:
        assert shop.call("GET", "/orders/ord_1", who="staff").status_code == 200
    used = [call.kwargs["headers"].get("Authorization") for call in asked.call_args_list]
    assert used == ["Bearer old", None, "Bearer new"]


def test_a_stack_that_never_answers_is_an_error() -> None:
    with answering(*[httpx.ReadTimeout("busy")] * 9) as asked, pytest.raises(httpx.ReadTimeout):
        oversell.PatientShop(STACK).call("GET", "/health")
    assert asked.call_count == oversell.TRIES


@pytest.mark.parametrize(
    ("buyers", "at_once", "url"), [(5_001, 1, "127.0.0.1"), (1, 65, "127.0.0.1"), (1, 1, "10.0.0.1")]
)
def test_the_rush_is_bounded_and_stays_on_this_machine(buyers: int, at_once: int, url: str) -> None:
    with pytest.raises(Refused):
        oversell.run({**STACK, "api_url": f"http://{url}/v1"}, buyers, 1, at_once)
