"""One key is one effect and one answer, wherever the first request's function dies, and however two requests meet.

Routes are found by their declarations, and the places to die by watching a request that lives.
"""

import json
import threading
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from tests.infra import project
from tests.support.mishaps import WRITES, Died, dies_at, fleet, instances, once_at, post, watched
from tests.support.repeating import CASES, Case, Event, Rows, rows
from tests.support.saga_world import Shop, shop

ELSEWHERE = {
    "POST /api-keys": "at each call to a store or the gateway: tests/unit/access/test_keys.py",
    "POST /api-keys/{key_id}/rotate": "the same",
}
"""Routes whose values only a mocked gateway could give twice, and where their deaths are tested."""

ROUTES = sorted(
    each.route.name
    for each in project.endpoints()
    if each.route.idempotent is not False and each.route.name not in ELSEWHERE
)
each_route = pytest.mark.parametrize("route", ROUTES)
PATIENCE = 60


def test_every_route_that_takes_a_key_has_its_case() -> None:
    assert set(CASES) == set(ROUTES)


@cache
def undisturbed(route: str) -> tuple[tuple[str, ...], Rows]:
    """The calls of a request that nothing happens to, and what it leaves behind."""
    case = CASES[route]
    with shop() as opened:
        fleet(opened, case.function)
        event = case.prepare(opened, "key")
        with watched(opened, case.function) as calls:
            answer = post(opened, case.function, event)
        assert_done_once(opened, case, answer)
        return tuple(calls), rows(opened)


def assert_done_once(opened: Shop, case: Case, *answers: tuple[int, str]) -> None:
    """All are the one success, and its effect is there."""
    assert len(set(answers)) == 1, answers
    status, body = answers[0]
    assert status == case.status, body
    case.check(opened, json.loads(body))


def deaths(calls: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """Before and after each call."""
    for number in range(len(calls)):
        yield {"before": dies_at(number)}
        yield {"after": dies_at(number)}


def die(opened: Shop, case: Case, event: Event, hooks: dict[str, Any]) -> None:
    """A request whose function dies."""
    with watched(opened, case.function, **hooks), pytest.raises(Died):
        post(opened, case.function, event)


@each_route
def test_a_request_whose_function_died_is_repeated(route: str) -> None:
    case, (calls, left) = CASES[route], undisturbed(route)
    assert WRITES & set(calls)
    for hooks in deaths(calls):
        with shop() as opened:
            fleet(opened, case.function)
            event = case.prepare(opened, "key")
            die(opened, case, event, hooks)
            answers = [post(opened, case.function, event) for _ in range(2)]
            assert_done_once(opened, case, *answers)
            assert rows(opened) == left


@each_route
def test_a_request_is_overtaken_by_one_whose_function_dies(route: str) -> None:
    """The second has looked already, and is about to write, when the first writes and dies."""
    case, (calls, left) = CASES[route], undisturbed(route)
    writes = next(number for number, operation in enumerate(calls) if operation in WRITES)
    for hooks in deaths(calls):
        with shop() as opened:
            fleet(opened, case.function)
            event = case.prepare(opened, "key")
            first = _dying(opened, case, event, hooks)
            with watched(opened, case.function, before=once_at(writes, first)):
                overtaken = post(opened, case.function, event)
            assert_done_once(opened, case, overtaken, post(opened, case.function, event))
            assert rows(opened) == left


def _dying(opened: Shop, case: Case, event: Event, hooks: dict[str, Any]) -> Callable[[], None]:
    return lambda: die(opened, case, event, hooks)


@each_route
def test_two_requests_at_the_same_moment(route: str) -> None:
    case, (_calls, left) = CASES[route], undisturbed(route)
    with shop() as opened:
        event = case.prepare(opened, "key")
        started = instances(opened, case.function, 2)

        def next_instance(*given: Any) -> Any:
            return started.pop()(*given)

        opened.bridge.handlers[case.function] = next_instance
        answers = _together(opened, case, event)
        assert started == []
        assert len(answers) == 2
        assert_done_once(opened, case, *answers)
        assert rows(opened) == left


def _together(opened: Shop, case: Case, event: Event) -> list[tuple[int, str]]:
    """Two threads that wait for each other before each of them writes for the first time."""
    barrier, met, answers = threading.Barrier(2), set[int](), list[tuple[int, str]]()

    def meet(_number: int, operation: str) -> None:
        if operation in WRITES and threading.get_ident() not in met:
            met.add(threading.get_ident())
            barrier.wait(PATIENCE)

    threads = [
        threading.Thread(target=lambda: answers.append(post(opened, case.function, event)), daemon=True)
        for _ in range(2)
    ]
    with watched(opened, case.function, before=meet):
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE)
    assert len(met) == 2
    return answers
