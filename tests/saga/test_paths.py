"""Every way through the shipped state machine, driven by moto: the cases are derived from the definition itself.

A new state, branch, catch or retry without a way to drive it fails here.
"""

import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.support.saga_bridge import named_error
from tests.support.saga_machine import Run, order_saga
from tests.support.saga_stubs import CORRELATION, INPUT, ORDER_ID, StubbedSaga

MACHINE = order_saga()
FOREVER = 99
CANCELLATION = {"reason": "capture_failed", "detail": "as it was parked", "payment": {"result": {"outcome": "none"}}}

Setting = Callable[[StubbedSaga], Any]


def answers(**changes: Mapping[str, Any]) -> Setting:
    """A setting in which tasks answer something else."""
    return lambda saga: saga.answer(**changes)


def faults(state: str) -> Setting:
    """A setting in which a task never works."""
    return lambda saga: saga.bridge.fail(state, named_error("Broken"), FOREVER)


REACHED_BY: Mapping[str, Setting] = {
    "AwaitPayment": lambda saga: saga.pay_later(),
    "CancelShipment": faults("CreateShipment"),
    "ReversePayment": answers(CapturePayment={"outcome": "failed", "reason": "card_expired"}),
    "ReleaseReservation": answers(ReserveStock={"outcome": "short", "detail": "not enough in stock", "short": []}),
    "CancelOrder": answers(PriceOrder={"outcome": "rejected", "reason": "unknown_sku", "detail": "X is gone"}),
    "ParkOrder": lambda saga: (faults("FulfilOrder")(saga), faults("CancelOrder")(saga)),
}
"""What makes the machine come to a state that the way without a fault does not meet."""

UNHEARD_OF = {"outcome": "unheard-of"}
BRANCHES: Mapping[tuple[str, str], tuple[Setting, Mapping[str, Any]]] = {
    ("Route", "0"): (answers(), {"mode": "compensate", "cancellation": CANCELLATION}),
    ("Route", "1"): (answers(), {"mode": "compensate"}),
    ("Route", "default"): (answers(), {}),
    ("Priced?", "0"): (answers(), {}),
    ("Priced?", "1"): (REACHED_BY["CancelOrder"], {}),
    ("Priced?", "default"): (answers(PriceOrder=UNHEARD_OF), {}),
    ("Reserved?", "0"): (answers(), {}),
    ("Reserved?", "1"): (REACHED_BY["AwaitPayment"], {}),
    ("Reserved?", "2"): (REACHED_BY["ReleaseReservation"], {}),
    ("Reserved?", "default"): (answers(ReserveStock=UNHEARD_OF), {}),
    ("Authorised?", "0"): (answers(), {}),
    ("Authorised?", "1"): (answers(AuthorisePayment={"outcome": "declined", "reason": "provider_timeout"}), {}),
    ("Authorised?", "2"): (answers(AuthorisePayment={"outcome": "declined", "reason": "card_declined"}), {}),
    ("Authorised?", "default"): (answers(AuthorisePayment=UNHEARD_OF), {}),
    ("Committed?", "0"): (answers(), {}),
    ("Committed?", "1"): (answers(CommitReservation={"outcome": "short"}), {}),
    ("Committed?", "default"): (answers(CommitReservation=UNHEARD_OF), {}),
    ("Captured?", "0"): (answers(PriceOrder={"shipping": {"method": "collect"}}), {}),
    ("Captured?", "1"): (answers(), {}),
    ("Captured?", "2"): (REACHED_BY["ReversePayment"], {}),
    ("Captured?", "default"): (answers(CapturePayment=UNHEARD_OF), {}),
    ("Shipped?", "0"): (answers(), {}),
    ("Shipped?", "1"): (answers(CreateShipment={"outcome": "refused", "reason": "too_heavy"}), {}),
    ("Shipped?", "default"): (answers(CreateShipment=UNHEARD_OF), {}),
}
"""What makes a Choice state take a branch: the tasks' answers, and what the execution's input has besides."""


def branches() -> list[tuple[str, str, str]]:
    """State, branch and target of every branch of every Choice state of the definition."""
    found = []
    for name, state in MACHINE.states.items():
        if state["Type"] == "Choice":
            found += [(name, str(index), choice["Next"]) for index, choice in enumerate(state["Choices"])]
            found.append((name, "default", state["Default"]))
    return found


def entries(field: str) -> list[tuple[str, int]]:
    """Task and position of every Retry or Catch entry of the definition."""
    return [(name, index) for name, state in MACHINE.tasks.items() for index in range(len(state[field]))]


def reach(saga: StubbedSaga, state: str) -> None:
    """Set the tasks so that an execution comes to `state`."""
    if state in MACHINE.reachable("Route", MACHINE.successors) and state not in REACHED_BY:
        return
    REACHED_BY[state](saga)


def assert_compensated(saga: StubbedSaga, run: Run, start: str) -> None:
    """From `start` on, every compensation on the way ran once, with its input, and the order was told the reason."""
    (way,) = MACHINE.paths(start)
    visited = [state for state in way if state in MACHINE.tasks]
    assert run.states[-len(way) :] == list(way)
    assert [saga.bridge.called.count(state) for state in visited] == [1] * len(visited)
    for state in visited:
        payload = saga.bridge.calls(state)[0].payload
        assert {**CORRELATION, "order_id": ORDER_ID}.items() <= payload.items()
    cancelled = saga.bridge.calls("CancelOrder")[0].payload
    assert cancelled["reason"] == run.output["cancellation"]["reason"]
    assert isinstance(cancelled["detail"], str)
    assert isinstance(cancelled["payment"]["outcome"], str)


def test_every_branch_has_a_case() -> None:
    assert {(state, branch) for state, branch, _ in branches()} == BRANCHES.keys()


@pytest.mark.parametrize(("state", "branch", "target"), branches())
def test_branch(saga: StubbedSaga, state: str, branch: str, target: str) -> None:
    setting, given = BRANCHES[state, branch]
    setting(saga)
    run = saga.run(**given)
    assert run.after(state) == target
    assert run.status == "SUCCEEDED"
    if "CancelOrder" in run.states:
        assert_compensated(saga, run, target)
    else:
        assert saga.bridge.called[-1] == "FulfilOrder"


@pytest.mark.parametrize(("state", "index"), entries("Catch"))
def test_catch(saga: StubbedSaga, state: str, index: int) -> None:
    catcher = MACHINE.tasks[state]["Catch"][index]
    if catcher["ErrorEquals"] == ["States.Timeout"]:
        saga.answer(PriceOrder={"payment_method": None})
        shorten(saga, state)
    else:
        reach(saga, state)
        faults(state)(saga)
    run = saga.run()
    assert run.after(state) == catcher["Next"]
    role = MACHINE.roles[state]
    if role.is_forward:
        assert run.status == "SUCCEEDED"
        assert_compensated(saga, run, catcher["Next"])
    else:
        assert (run.status, run.error) == ("FAILED", "CompensationParked")
        assert role.last_resort or saga.bridge.called[-1] == "ParkOrder"


@pytest.mark.parametrize(("state", "index"), entries("Retry"))
def test_retry(saga: StubbedSaga, state: str, index: int) -> None:
    retrier = MACHINE.tasks[state]["Retry"][index]
    error = {"States.TaskFailed": "Broken", "States.ALL": "Broken"}.get(
        retrier["ErrorEquals"][0], retrier["ErrorEquals"][0]
    )
    reach(saga, state)
    saga.waits.clear()
    saga.bridge.fail(state, named_error(error), retrier["MaxAttempts"])
    run = saga.run()
    assert len(saga.bridge.calls(state)) == retrier["MaxAttempts"] + 1
    assert saga.bridge.calls(state)[-1].error == ""
    assert run.after(state) in (*MACHINE.successors(state), None)
    assert 0 < max(saga.waits) <= retrier["MaxDelaySeconds"]


@pytest.mark.parametrize("error", MACHINE.tasks["AuthorisePayment"]["Retry"][0]["ErrorEquals"])
def test_each_transient_error_is_retried(saga: StubbedSaga, error: str) -> None:
    if error == "States.Timeout":
        shorten(saga, "AuthorisePayment")
        slow_once(saga, "AuthorisePayment")
    else:
        saga.bridge.fail("AuthorisePayment", named_error(error), 3)
    run = saga.run()
    assert run.states[-1] == "FulfilOrder"
    assert len(saga.bridge.calls("AuthorisePayment")) == (2 if error == "States.Timeout" else 4)


def test_the_way_forward_knows_every_lambda_fault() -> None:
    lambda_faults = {name for name in MACHINE.tasks["PriceOrder"]["Retry"][0]["ErrorEquals"] if "." in name}
    for name, role in MACHINE.roles.items():
        if role.is_forward:
            known = set(MACHINE.tasks[name]["Retry"][0]["ErrorEquals"])
            assert lambda_faults - {"States.Timeout"} <= known, name


def test_twelve_transitions_to_the_captured_payment(saga: StubbedSaga) -> None:
    states = saga.run().states
    assert states[: states.index("Captured?") + 1] == [
        "Route", "PriceOrder", "Priced?", "ReserveStock", "Reserved?", "AuthorisePayment",
        "Authorised?", "CommitReservation", "Committed?", "ConfirmOrder", "CapturePayment", "Captured?",
    ]  # fmt: skip


def test_the_demand_of_a_thousand_lines_is_dropped_after_the_reservation(saga: StubbedSaga) -> None:
    demand = {f"SKU-{number:05d}-{'X' * 50}": 1_000_000 for number in range(1_000)}
    saga.answer(PriceOrder={"demand": demand})
    run = saga.run()
    assert saga.bridge.calls("ReserveStock")[0].payload["demand"] == demand
    assert run.largest_state < 100_000
    assert len(str(run.output)) < 2_000


def test_a_payment_method_that_comes_later_is_the_one_that_pays(saga: StubbedSaga) -> None:
    saga.pay_later()
    assert saga.run().states[-1] == "FulfilOrder"
    assert saga.bridge.calls("AuthorisePayment")[0].payload["payment_method"] == "pm_card_visa"


def test_a_redrive_keeps_the_reason_of_the_first_failure(saga: StubbedSaga) -> None:
    run = saga.run(mode="compensate", cancellation=CANCELLATION)
    assert run.status == "SUCCEEDED"
    told = saga.bridge.calls("CancelOrder")[0].payload
    assert (told["reason"], told["detail"]) == ("capture_failed", "as it was parked")
    assert told["payment"]["outcome"] == "voided"


def test_parking_is_told_which_compensation_failed(saga: StubbedSaga) -> None:
    REACHED_BY["ReversePayment"](saga)
    faults("ReleaseReservation")(saga)
    saga.run()
    told = saga.bridge.calls("ParkOrder")[0].payload
    assert told["parked"].keys() == {"release_reservation"}
    assert told["parked"]["release_reservation"]["Error"] == "Broken"
    assert told["cancellation"]["reason"] == "capture_failed"
    assert told["cancellation"]["payment"]["result"]["outcome"] == "voided"


def test_the_input_is_whole_to_the_end(saga: StubbedSaga) -> None:
    assert INPUT.items() <= saga.run().output.items()


def shorten(saga: StubbedSaga, state: str) -> None:
    """Deploy the definition with one timeout of a second."""
    definition = saga.definition()
    definition["States"][state]["TimeoutSeconds"] = 1
    saga.deploy(definition)


def slow_once(saga: StubbedSaga, state: str) -> None:
    """Let a task outlast its timeout the first time."""
    usual, delays = saga.bridge.handlers[state], [1.5]

    def slow(payload: Any, context: object) -> Any:
        time.sleep(delays.pop() if delays else 0)
        return usual(payload, context)

    saga.bridge.handlers[state] = slow
