"""Runs scenarios with faults in them, puts right what an operator would, and compares all books."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import lru_cache
from unittest import mock

from orders.application import sweep
from orders.application.saga_input import redrive_name
from tests.faults.kinds import Injection, Token, TokenLate
from tests.faults.matrix import Case
from tests.faults.scenarios import SCENARIOS, Scenario, pay_when_asked
from tests.faults.truth import assert_emitted_once, assert_told, deliver
from tests.support.mishaps import WRITES
from tests.support.saga_books import assert_agree, charge_of
from tests.support.saga_machine import order_saga
from tests.support.saga_stack import Stack
from tests.support.saga_world import EVERYDAY, Shop, shop

_ENDS = {
    "NOTHING": "cancelled, nothing charged",
    "DECLINED": "cancelled, nothing charged",
    "VOIDED": "cancelled, hold on the money released",
    "REFUNDED": "cancelled, money returned",
}
_REDRIVES = 5


@dataclass(frozen=True)
class Outcome:
    """What became of an order. `states`: all that it entered; `writes`: how often each function wrote."""

    text: str
    states: Sequence[str]
    struck: Sequence[int]
    writes: dict[str, int]


@lru_cache(maxsize=1)
def functions() -> dict[str, str]:
    """Task to the function that it calls; a function that two tasks call would be hit at the wrong one."""
    machine = order_saga()
    called = Stack().substituted_functions(machine)
    found = {name: called[str(task["Parameters"]["FunctionName"])[2:-1]] for name, task in machine.tasks.items()}
    assert len(set(found.values())) == len(found)
    return found


def play(scenario: Scenario, *cases: Case) -> Outcome:
    """One order in a shop of its own. An `AssertionError` says which books do not agree."""
    with (
        shop(scenario.overrides, scenario.timeouts) as opened,
        mock.patch.object(sweep, "GRACE", timedelta(seconds=-1)),
    ):
        given = [Injection(fault, opened, functions()[state]) for state, fault in scenario.faults.items()]
        injected = [Injection(case.fault, opened, functions()[case.state]) for case in cases]
        _set_up(opened, scenario, cases)
        for injection in (*injected, *given):
            injection.install()
        order = dict(scenario.order)
        order_id = opened.place(EVERYDAY, **order)
        text, states = _ended(opened, order_id, [*injected, *given])
        writes = dict.fromkeys(functions().values(), 0)
        for call in opened.calls:
            if call.function in writes and call.operation in WRITES:
                writes[call.function] += 1
        return Outcome(text, states, [each.struck for each in injected], writes)


def _set_up(opened: Shop, scenario: Scenario, cases: Sequence[Case]) -> None:
    scenario.prepare(opened)
    if scenario.pays and not any(isinstance(case.fault, Token) for case in cases):
        pay_when_asked(opened)
    for case in cases:
        if isinstance(case.fault, TokenLate):
            released = opened.bridge.around.setdefault(functions()[_after_timeout(case.state)], [])
            released.append(lambda call, payload: (opened.pay(payload["order_id"]), call())[1])


def _after_timeout(state: str) -> str:
    """The first task on the way that a wait takes when nobody came."""
    machine = order_saga()
    caught = next(each for each in machine.tasks[state]["Catch"] if "States.Timeout" in each["ErrorEquals"])
    (way,) = machine.paths(caught["Next"])
    return next(name for name in way if name in machine.tasks)


def _ended(opened: Shop, order_id: str, injections: Sequence[Injection]) -> tuple[str, list[str]]:
    run = opened.finish(order_id)
    states = list(run.states)
    others = [name for name in opened.executions.names() if name.startswith("ord_") and name != order_id]
    for other in others:
        opened.finish(other)
    parked = opened.order(order_id)["status"] == "COMPENSATION_PARKED"
    if parked:
        assert_agree(opened, order_id, *others, held=True)
    for injection in injections:
        injection.mended = True
    states += _redriven(opened, order_id)
    for injection in injections:
        injection.come_true()
    assert_agree(opened, order_id, *others)
    deliver(opened, injections)
    for each in (order_id, *others):
        assert_told(opened, each)
        assert_emitted_once(opened, each)
    how = "parked, redriven: " if parked else "swept up: " if "CompensationRequested" in states else ""
    fulfilled = opened.order(order_id)["status"] == "FULFILLING"
    return how + ("fulfilled" if fulfilled else _ENDS[charge_of(order_id)]), states


def _redriven(opened: Shop, order_id: str) -> list[str]:
    """What the operator's redrive and the sweeper do until the order has ended; the states that this enters."""
    states: list[str] = []
    for attempt in range(1, _REDRIVES + 1):
        status = opened.order(order_id)["status"]
        if status == "COMPENSATION_PARKED":
            assert opened.task("orders-task-redrive-order", {"order_id": order_id})["outcome"] == "redriven"
        elif opened.task("orders-sweep-orders", {}).get("redriven", 0) == 0:
            break
        states += opened.finish(redrive_name(order_id, attempt)).states
    return states


@lru_cache(maxsize=len(SCENARIOS))
def baseline(scenario: str) -> Outcome:
    """A scenario without another fault; played once."""
    return play(named(scenario))


def named(scenario: str) -> Scenario:
    """The scenario with this name."""
    return next(each for each in SCENARIOS if each.name == scenario)


def scenario_of(case: Case) -> Scenario:
    """The first scenario that enters the case's state, or the one that its fault needs."""
    if case.fault.scenario:
        return named(case.fault.scenario)
    return next(each for each in SCENARIOS if case.state in baseline(each.name).states)


def outcome_of(case: Case) -> str:
    """Play a case in every variant and say what became of it. The fault has to strike, or it proves nothing."""
    scenario = scenario_of(case)
    # A fault of the scenario at the same state would keep the case's own from being reached.
    scenario = replace(scenario, faults={name: each for name, each in scenario.faults.items() if name != case.state})
    writes = baseline(scenario.name).writes[functions()[case.state]]
    variants = case.fault.variants(writes)
    assert variants, f"{case} stands for nothing"
    found = {}
    for fault in variants:
        outcome = play(scenario, Case(case.state, fault))
        assert outcome.struck[0] > 0, f"{case} did not happen"
        found[fault.name] = outcome.text
    if len(set(found.values())) == 1:
        return f"{next(iter(found.values()))}" + (f" (each of {len(found)})" if len(found) > 1 else "")
    return "; ".join(f"{name}: {text}" for name, text in found.items())
