"""The house rules of a saga. Each takes a machine and yields one sentence for every fault."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from infra.asl.machine import Machine, Role

Faults = Iterator[str]
Rule = Callable[[Machine], Faults]

_LEAST_BACKOFF = 1.5
_TOKEN = ".waitForTaskToken"  # noqa: S105 - the suffix of a resource


def tasks_are_guarded(machine: Machine) -> Faults:
    """Every task has a timeout, retries and a catch."""
    for name, state in machine.tasks.items():
        if not ({"TimeoutSeconds", "TimeoutSecondsPath"} & state.keys()):
            yield f"{name} has no timeout"
        for field in ("Retry", "Catch"):
            if not state.get(field):
                yield f"{name} has no {field}"
        if state.get("Catch") and "States.ALL" not in state["Catch"][-1].get("ErrorEquals", []):
            yield f"{name} does not catch everything: its last Catch is not States.ALL"


def retries_back_off(machine: Machine) -> Faults:
    """Every retry grows, has a ceiling, is jittered and is repeated at least once."""
    for name, retrier in _entries(machine, "Retry"):
        if retrier.get("JitterStrategy") != "FULL":
            yield f"{name} retries without full jitter"
        if "MaxDelaySeconds" not in retrier:
            yield f"{name} retries without MaxDelaySeconds"
        if retrier.get("BackoffRate", 2.0) < _LEAST_BACKOFF:
            yield f"{name} retries without backing off"
        if retrier.get("MaxAttempts", 3) < 1:
            yield f"{name} has a Retry that never retries"


def waits_are_not_repeated(machine: Machine) -> Faults:
    """A task that waits for a token is not started again because nobody came."""
    for name, retrier in _entries(machine, "Retry"):
        errors = set(retrier.get("ErrorEquals", []))
        if _TOKEN in machine.tasks[name].get("Resource", "") and errors & {"States.Timeout", "States.ALL"}:
            yield f"{name} waits for a token and retries its own timeout"


def input_is_kept(machine: Machine) -> Faults:
    """No result and no error replaces the state's whole input: the compensations still need it."""
    for name, state in machine.states.items():
        if state.get("Type") in ("Task", "Pass") and state.get("ResultPath", "$") == "$":
            yield f"{name} replaces the whole input with its result: give it a ResultPath"
        if state.get("Type") == "Task" and state.get("OutputPath", "$") != "$":
            yield f"{name} drops input with an OutputPath"
    for name, catcher in _entries(machine, "Catch"):
        if catcher.get("ResultPath", "$") == "$":
            yield f"{name} replaces the whole input with its error: give its Catch a ResultPath"


def choices_have_a_default(machine: Machine) -> Faults:
    """An outcome that nobody thought of goes somewhere on purpose."""
    for name, state in machine.states.items():
        if state.get("Type") == "Choice" and "Default" not in state:
            yield f"{name} has no Default"


def tasks_say_what_undoes_them(machine: Machine) -> Faults:
    """Each task's comment names its compensation, or what it compensates, and both agree."""
    for name, role in machine.roles.items():
        if not role.is_told:
            yield f"{name}: its comment must say 'Undone by X.', 'Undoes X.', 'No effects to undo.' or 'Last resort.'"
        if role.undone_by and name not in _role(machine, role.undone_by).undoes:
            yield f"{name} says that {role.undone_by} undoes it, and that one does not say so"
        for step in role.undoes:
            if _role(machine, step).undone_by != name:
                yield f"{name} says that it undoes {step}, and that one does not say so"


def failures_lead_to_compensation(machine: Machine) -> Faults:
    """When a step, or any step after it, fails for good, every way to the end meets the step's compensation."""
    for name, role in machine.roles.items():
        if role.undone_by is None:
            continue
        for later in _forward_tasks(machine, name):
            for caught in machine.catches(later):
                if not machine.always_meets(caught, role.undone_by):
                    yield f"{later} can fail by way of {caught} to an end without {role.undone_by}, which undoes {name}"


def compensations_run_in_reverse(machine: Machine) -> Faults:
    """What was done last is undone first; only the compensation that ends the saga, and writes that down, is last."""
    order = _order_of_steps(machine)
    for name, role in machine.roles.items():
        for after in machine.reachable(name, machine.successors) - {name} if role.undoes else ():
            later = () if machine.states[after].get("End") else _role(machine, after).undoes
            if later and max(map(order.index, later)) > max(map(order.index, role.undoes)):
                yield f"{name} runs before {after}, which undoes what was done later"


def compensations_can_be_parked(machine: Machine) -> Faults:
    """A compensation that fails for good leads to the last resort, and that ends in a failed execution."""
    for name, role in machine.roles.items():
        for caught in machine.catches(name) if role.undoes else ():
            if not any(_role(machine, each).last_resort for each in machine.reachable(caught, machine.successors)):
                yield f"{name} fails into {caught}, which parks nothing"
        if role.last_resort:
            ends = {path[-1] for way in machine.edges(name) for path in machine.paths(way)}
            yield from (
                f"{name} ends in {end}, which is no Fail: no alarm rings"
                for end in ends
                if machine.states.get(end, {}).get("Type") != "Fail"
            )


RULES: tuple[Rule, ...] = (
    tasks_are_guarded,
    retries_back_off,
    waits_are_not_repeated,
    input_is_kept,
    choices_have_a_default,
    tasks_say_what_undoes_them,
    failures_lead_to_compensation,
    compensations_run_in_reverse,
    compensations_can_be_parked,
)


def _entries(machine: Machine, field: str) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((name, entry) for name, state in machine.tasks.items() for entry in state.get(field, []))


def _role(machine: Machine, name: str) -> Role:
    return machine.roles.get(name, Role())


def _forward_tasks(machine: Machine, start: str) -> list[str]:
    """`start` and the steps that may follow it on the way forward."""
    after = machine.reachable(start, machine.successors)
    return [name for name, role in machine.roles.items() if name in after and role.is_forward]


def _order_of_steps(machine: Machine) -> list[str]:
    """The steps in an order in which they can happen: a step stands before all that only it leads to."""
    forward = [name for name, role in machine.roles.items() if role.is_forward]
    return sorted(forward, key=lambda name: -len(_forward_tasks(machine, name)))
