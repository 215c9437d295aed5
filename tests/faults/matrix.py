"""Which faults a state can have: derived from the definition, so that a new state has its cases the day it is added."""

from dataclasses import dataclass
from typing import Any

from infra.asl.machine import Machine
from tests.faults.kinds import (
    After,
    Before,
    Delivered,
    Fault,
    Killed,
    Overdue,
    Stopped,
    Token,
    TokenLate,
    TokenLost,
    Twice,
    TwiceAtOnce,
)

EVERY_TASK: tuple[Fault, ...] = (
    Before("fails once before its effect", "Lambda.ServiceException", 1),
    Before("fails three times before its effect", "Broken", 3),
    Before("fails for ever before its effect", "Broken"),
    After("fails once after its effect", "Lambda.Unknown", 1),
    After("times out twice after its effect", "Sandbox.Timedout", 2),
    After("fails for ever after its effect", "Lambda.Unknown"),
    Overdue("takes effect once more when all is over", "States.Timeout", 1),
    Overdue("takes effect only when all is over", "States.Timeout"),
    Twice("runs twice"),
    TwiceAtOnce("runs twice at the same time"),
    Killed("killed after a write"),
    Stopped("the execution is stopped after it"),
    Delivered("its events arrive twice", "twice"),
    Delivered("its events arrive after all others", "late"),
    Delivered("its events arrive before all others", "early"),
)
WAITS: tuple[Fault, ...] = (
    TokenLost("the token is lost"),
    TokenLate("the token comes too late"),
    Token("the token is sent before the wait begins", "early"),
    Token("the token is sent twice", "twice"),
    Token("the token is sent twice at the same time", "at once"),
)
WITHOUT_EFFECT = {
    "Choice": "reads the state, has no effect",
    "Pass": "writes the state, has no effect",
    "Fail": "ends the execution, has no effect",
    "Succeed": "ends the execution, has no effect",
}
"""The types of states that call nothing: what can fail there is the execution, stopped after the task before."""


class NoRule(LookupError):
    """Nobody has said which faults a state of this type can have."""


@dataclass(frozen=True)
class Case:
    """One fault at one state."""

    state: str
    fault: Fault

    def __str__(self) -> str:
        return f"{self.state}: {self.fault.name}"


def faults_of(state: dict[str, Any]) -> tuple[Fault, ...]:
    """The faults of a state by its type and resource. Raises `NoRule`."""
    if state["Type"] in WITHOUT_EFFECT:
        return ()
    if state["Type"] != "Task" or ":lambda:invoke" not in state["Resource"]:
        raise NoRule(f"{state['Type']} {state.get('Resource', '')}")
    return EVERY_TASK + (WAITS if state["Resource"].endswith(".waitForTaskToken") else ())


def cases(machine: Machine) -> list[Case]:
    """Every case of a machine, in the order of its definition. Raises `NoRule`."""
    return [Case(name, fault) for name, state in machine.states.items() for fault in faults_of(state)]
