"""The state machines' validation: the shipped ones pass, and each rule fails on a definition that breaks it."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra import templates
from infra.asl import check, deployment
from infra.asl.machine import Machine

pytestmark = pytest.mark.infra

SHIPPED = sorted(check.FOLDER.glob("*.asl.yaml"))
SAGA = Machine.load(check.FOLDER / "order_saga.asl.yaml")

Breaking = Callable[[dict[str, Any]], object]


def broken(breaking: Breaking) -> Machine:
    """The order saga after a mistake in its states."""
    definition = copy.deepcopy(SAGA.definition)
    breaking(definition["States"])
    return Machine(SAGA.name, SAGA.text, definition)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_shipped_machines_keep_the_rules(path: Path) -> None:
    assert list(check.faults(Machine.load(path))) == []


def test_shipped_machines_fit_their_templates(capsys: pytest.CaptureFixture[str]) -> None:
    assert check.main() == 0
    assert "hold" in capsys.readouterr().out


def islands(states: dict[str, Any]) -> None:
    """Two states that only lead to each other: each is somebody's target, none can be reached."""
    states["East"] = {"Type": "Pass", "ResultPath": "$.x", "Next": "West"}
    states["West"] = {"Type": "Pass", "ResultPath": "$.x", "Next": "East"}


ANOTHER_CATCH = {"ErrorEquals": ["Other"], "ResultPath": "$.failure", "Next": "CancelOrder"}
LANGUAGE: list[tuple[str, Breaking]] = [
    ('No state found named "Nowhere"', lambda states: states["PriceOrder"].update(Next="Nowhere")),
    ("should be a Reference Path", lambda states: states["PriceOrder"].update(ResultPath="price")),
    ("is not a JSONPath", lambda states: states["PriceOrder"]["Parameters"].update({"x.$": "price"})),
    ('"Timeout" not allowed', lambda states: states["PriceOrder"].update(Timeout=3)),
    (
        "States.ALL can only appear in the last",
        lambda states: states["PriceOrder"]["Catch"].append(ANOTHER_CATCH),
    ),
    ("not one of the allowed values", lambda states: states["PriceOrder"]["Retry"][0].update(JitterStrategy="SOME")),
]


@pytest.mark.parametrize(("fault", "breaking"), LANGUAGE, ids=[fault for fault, _ in LANGUAGE])
def test_language(fault: str, breaking: Breaking) -> None:
    assert fault in "\n".join(check.faults(broken(breaking)))


def retrier(states: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = states["CapturePayment"]["Retry"][0]
    return found


def swap_compensations(states: dict[str, Any]) -> None:
    """Release the stock before the payment is reversed."""
    states["CancelShipment"]["Next"] = "ReleaseReservation"
    states["ReleaseReservation"]["Next"] = "ReversePayment"
    states["ReversePayment"]["Next"] = "CancelOrder"


HOUSE: list[tuple[str, Breaking]] = [
    ("CapturePayment has no timeout", lambda states: states["CapturePayment"].pop("TimeoutSeconds")),
    ("CapturePayment has no Retry", lambda states: states["CapturePayment"].pop("Retry")),
    ("CapturePayment has no Catch", lambda states: states["CapturePayment"].pop("Catch")),
    (
        "CapturePayment does not catch everything",
        lambda states: states["CapturePayment"]["Catch"][0].update(ErrorEquals=["TransientError"]),
    ),
    ("CapturePayment retries without full jitter", lambda states: retrier(states).pop("JitterStrategy")),
    ("CapturePayment retries without MaxDelaySeconds", lambda states: retrier(states).pop("MaxDelaySeconds")),
    ("CapturePayment retries without backing off", lambda states: retrier(states).update(BackoffRate=1.0)),
    ("CapturePayment has a Retry that never retries", lambda states: retrier(states).update(MaxAttempts=0)),
    (
        "AwaitPayment waits for a token and retries its own timeout",
        lambda states: states["AwaitPayment"]["Retry"][0]["ErrorEquals"].append("States.Timeout"),
    ),
    (
        "CapturePayment replaces the whole input with its result",
        lambda states: states["CapturePayment"].pop("ResultPath"),
    ),
    ("OutOfStock replaces the whole input with its result", lambda states: states["OutOfStock"].pop("ResultPath")),
    ("ConfirmOrder drops input", lambda states: states["ConfirmOrder"].update(OutputPath="$.payment")),
    (
        "CapturePayment replaces the whole input with its error",
        lambda states: states["CapturePayment"]["Catch"][0].pop("ResultPath"),
    ),
    ("Captured? has no Default", lambda states: states["Captured?"].pop("Default")),
    ("CapturePayment: its comment must say", lambda states: states["CapturePayment"].update(Comment="Takes it.")),
    (
        "CapturePayment says that CancelOrder undoes it",
        lambda states: states["CapturePayment"].update(Comment="Undone by CancelOrder."),
    ),
    (
        "ReversePayment says that it undoes PriceOrder",
        lambda states: states["ReversePayment"].update(Comment="Undoes AuthorisePayment, CapturePayment, PriceOrder."),
    ),
    (
        "CapturePayment can fail by way of OutOfStock to an end without ReversePayment, which undoes AuthorisePayment",
        lambda states: states["CapturePayment"]["Catch"][0].update(Next="OutOfStock"),
    ),
    (
        "CreateShipment can fail by way of ShippingRefused to an end without CancelShipment",
        lambda states: states["CreateShipment"]["Catch"][0].update(Next="ShippingRefused"),
    ),
    ("ReleaseReservation runs before ReversePayment", swap_compensations),
    (
        "ReleaseReservation fails into CancelOrder, which parks nothing",
        lambda states: states["ReleaseReservation"]["Catch"][0].update(Next="CancelOrder"),
    ),
    (
        "ParkOrder ends in CompensationParked, which is no Fail",
        lambda states: states.update(CompensationParked={"Type": "Succeed"}),
    ),
]


@pytest.mark.parametrize(("fault", "breaking"), HOUSE, ids=[fault for fault, _ in HOUSE])
def test_house_rule(fault: str, breaking: Breaking) -> None:
    assert fault in "\n".join(check.faults(broken(breaking)))


def test_aliases_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "aliased.asl.yaml"
    path.write_text("StartAt: A\nStates:\n  A: &again { Type: Succeed }\n  B: *again\n")
    assert "YAML alias" in check.faults_of_file(path, [])[0]


def test_broken_yaml_is_a_fault(tmp_path: Path) -> None:
    path = tmp_path / "broken.asl.yaml"
    path.write_text("StartAt: [")
    assert "not YAML" in check.faults_of_file(path, [])[0]


TEMPLATE = """
Globals: { Function: { Timeout: 10 } }
Resources:
  Other:
    Type: AWS::Serverless::Function
    Properties: { FunctionName: !Sub "${Prefix}-orders-task-price-order", CodeUri: ../functions/orders/x }
  Slow:
    Type: AWS::Serverless::Function
    Properties: { FunctionName: !Sub "${Prefix}-orders-slow", CodeUri: ../functions/orders/slow, Timeout: 20 }
  Machine:
    Type: AWS::Serverless::StateMachine
    Properties:
      DefinitionUri: ../stepfunctions/small.asl.yaml
      DefinitionSubstitutions:
        FirstArn: !Sub arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:${Prefix}-orders-task-price-order
        SecondArn: !GetAtt Slow.Arn
        ThirdArn: !Sub arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:${Prefix}-orders-gone
        UnusedArn: unused
"""


def small(name: str, **timeouts: int) -> Machine:
    states = {
        substitution: {
            "Type": "Task",
            "TimeoutSeconds": seconds,
            "Parameters": {"FunctionName": f"${{{substitution}}}"},
        }
        for substitution, seconds in timeouts.items()
    }
    return Machine(name, str(states), {"States": states})


@pytest.fixture
def contexts(tmp_path: Path) -> list[templates.Template]:
    (tmp_path / "orders.yaml").write_text(TEMPLATE)
    return [templates.Template(tmp_path / "orders.yaml")]


def test_substitutions_and_timeouts(contexts: list[templates.Template]) -> None:
    machine = small("small", FirstArn=11, SecondArn=20, ThirdArn=30, FourthArn=30)
    assert list(deployment.faults(machine, contexts)) == [
        "${FourthArn} is not defined in orders.yaml",
        "orders.yaml defines UnusedArn, which is not used",
        "SecondArn times out after 20 s, its function orders-slow only after 20 s",
        "ThirdArn calls ${ThirdArn}, which is no function of any template",
        "FourthArn calls ${FourthArn}, which is no function of any template",
    ]


def test_a_machine_that_nothing_deploys(contexts: list[templates.Template]) -> None:
    assert list(deployment.faults(small("large"), contexts)) == ["no template in infra/ deploys it"]
