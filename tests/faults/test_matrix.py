"""Every case of the matrix, and that the matrix covers every state."""

import pytest

from infra.asl.machine import Machine
from tests.faults import page
from tests.faults.matrix import Case, NoRule, cases, faults_of
from tests.faults.runner import baseline, outcome_of
from tests.faults.scenarios import SCENARIOS
from tests.support.saga_machine import order_saga

MACHINE = order_saga()
pytestmark = pytest.mark.saga


QUICK = {"fails for ever before its effect", "fails for ever after its effect", "runs twice", "killed after a write"}
"""What `make test` plays at every state; `make faults` plays all, and a page with a case missing fails below."""


@pytest.mark.parametrize("case", [each for each in cases(MACHINE) if each.fault.name in QUICK], ids=str)
def test_case(case: Case) -> None:
    assert outcome_of(case) == page.read(page.PAGE.read_text(encoding="utf-8"))[case.state, case.fault.name]


def test_the_scenarios_enter_every_state() -> None:
    entered = {state for scenario in SCENARIOS for state in baseline(scenario.name).states}
    assert entered == set(MACHINE.states)


def test_the_page_has_every_case_and_every_state() -> None:
    rows = page.read(page.PAGE.read_text(encoding="utf-8"))
    assert {(case.state, case.fault.name) for case in cases(MACHINE)} <= rows.keys()
    assert {name for row in rows for name in row} >= set(MACHINE.states)


def test_a_new_task_has_cases_at_once() -> None:
    states = {**MACHINE.states, "New": MACHINE.states["PriceOrder"]}
    more = Machine("order_saga", "", {**MACHINE.definition, "States": states})
    assert {case.state for case in cases(more)} - {case.state for case in cases(MACHINE)} == {"New"}


@pytest.mark.parametrize("state", [{"Type": "Map"}, {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage"}])
def test_a_state_without_a_rule_is_refused(state: dict[str, str]) -> None:
    with pytest.raises(NoRule):
        faults_of(state)
