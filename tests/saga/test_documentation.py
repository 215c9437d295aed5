"""docs/saga.md says what the definition does."""

import re

from infra.templates import ROOT, contexts
from tests.support.saga_machine import order_saga
from tests.support.saga_stack import Stack

MACHINE = order_saga()
PAGE = (ROOT / "docs" / "saga.md").read_text(encoding="utf-8")
ALWAYS = {"order_id", "correlation_id", "traceparent"}
ROW = re.compile(r"^\| (\w+) \| ([\w-]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


def documented() -> dict[str, tuple[str, set[str], set[str]]]:
    """State to function, payload fields and outcomes, as the page's table says."""
    return {
        state: (
            function,
            set(given.replace("nothing", "").replace(",", " ").split()),
            set(re.findall(r"`(\w+)`", answers)),
        )
        for state, function, given, answers in ROW.findall(PAGE)
        if state != "state"
    }


def test_every_task_is_documented_with_its_function() -> None:
    called = {name: str(task["Parameters"]["FunctionName"])[2:-1] for name, task in MACHINE.tasks.items()}
    functions = Stack().substituted_functions(MACHINE)
    assert {state: row[0] for state, row in documented().items()} == {
        state: functions[substitution] for state, substitution in called.items()
    }


def test_every_payload_is_documented() -> None:
    for state, task in MACHINE.tasks.items():
        fields = {field.removesuffix(".$") for field in task["Parameters"]["Payload"]}
        assert fields - ALWAYS == documented()[state][1], state
        assert fields >= ALWAYS, state


def test_every_outcome_that_a_choice_reads_is_documented() -> None:
    outcomes = set().union(*(row[2] for row in documented().values()))
    read = set(re.findall(r"outcome\n\s+StringEquals: (\w+)", MACHINE.text))
    assert read
    assert read <= outcomes


def test_every_reason_that_the_machine_gives_is_documented() -> None:
    given = {
        state["Parameters"]["reason"]
        for state in MACHINE.states.values()
        if state["Type"] == "Pass" and "reason" in state.get("Parameters", {})
    }
    assert given
    assert all(f"\n| {reason} |" in PAGE for reason in given)


def test_the_page_names_only_functions_that_exist() -> None:
    existing = {function.name for template in contexts() for function in template.functions}
    assert {row[0] for row in documented().values()} <= existing
