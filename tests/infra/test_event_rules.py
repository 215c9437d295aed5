"""Rules match what producers really emit; examples are what their schemas say; queues take what rules send."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from infra.templates import ROOT, Template
from tests.infra import project
from tests.infra.patterns import matches

pytestmark = pytest.mark.infra

Rule = tuple[Template, str, dict[str, Any]]
EXAMPLES = sorted((ROOT / "events").glob("*/*.example.json"))
SCHEMAS = sorted(path for path in (ROOT / "events").glob("*/*.v*.json") if not path.name.endswith(".example.json"))
RULES: list[Rule] = [
    (template, name, rule)
    for template in project.contexts()
    for name, rule in template.of_type("AWS::Events::Rule").items()
    if "EventPattern" in rule
]
each_rule = pytest.mark.parametrize(
    ("template", "name", "rule"), RULES, ids=[f"{template.context}-{name}" for template, name, _ in RULES]
)


def _name(path: Path) -> str:
    """`OrderPlaced` of order_placed.v1.json."""
    return "".join(word.capitalize() for word in path.name.partition(".")[0].split("_"))


def _on_the_bus(path: Path) -> dict[str, Any]:
    """The example as EventBridge delivers it."""
    return {
        "source": f"agora.{path.parent.name}",
        "detail-type": _name(path),
        "detail": json.loads(path.read_text(encoding="utf-8")),
    }


def _is_event(schema: Path) -> bool:
    return "aggregate_id" in json.loads(schema.read_text(encoding="utf-8"))["properties"]


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_schema_is_valid_closed_and_has_an_example(schema: Path) -> None:
    document = json.loads(schema.read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(document)
    assert document["additionalProperties"] is False
    assert schema.with_name(schema.name.replace(".json", ".example.json")).exists()


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_example_is_what_its_schema_says(example: Path) -> None:
    schema = json.loads(example.with_name(example.name.replace(".example.json", ".json")).read_text(encoding="utf-8"))
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)
    validator.validate(json.loads(example.read_text(encoding="utf-8")))


@each_rule
def test_rule_names_events_that_exist(template: Template, name: str, rule: dict[str, Any]) -> None:
    known = {(f"agora.{path.parent.name}", _name(path)) for path in SCHEMAS if _is_event(path)}
    pattern = rule["EventPattern"]
    for kind in pattern.get("detail-type", []):
        assert [source for source in pattern["source"] if (source, kind) in known], kind
    for source in pattern["source"]:
        assert [kind for known_source, kind in known if known_source == source], source


@each_rule
def test_rule_lets_examples_through(template: Template, name: str, rule: dict[str, Any]) -> None:
    events = [_on_the_bus(path) for path in EXAMPLES]
    taken = {(event["source"], event["detail-type"]) for event in events if matches(rule["EventPattern"], event)}
    assert taken
    assert set(rule["EventPattern"].get("detail-type", [])) <= {kind for _, kind in taken}


@each_rule
def test_rule_listens_on_the_bus_of_the_deployment(template: Template, name: str, rule: dict[str, Any]) -> None:
    assert rule["EventBusName"] == {"Ref": "EventBusName"}


@each_rule
def test_queue_takes_messages_of_this_rule_and_feeds_a_function(
    template: Template, name: str, rule: dict[str, Any]
) -> None:
    for target in rule["Targets"]:
        queue = target["Arn"]["Fn::GetAtt"][0]
        assert name in _rules_allowed_to_send(template, queue)
        assert [function for function in template.functions if queue in _queues_of(function.properties)]


def _rules_allowed_to_send(template: Template, queue: str) -> set[str]:
    allowed: set[str] = set()
    for policy in template.of_type("AWS::SQS::QueuePolicy").values():
        if {"Ref": queue} not in policy["Queues"]:
            continue
        for statement in policy["PolicyDocument"]["Statement"]:
            assert statement["Principal"] == {"Service": "events.amazonaws.com"}
            assert statement["Action"] in ("sqs:SendMessage", ["sqs:SendMessage"])
            sources = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
            allowed |= {each["Fn::GetAtt"][0] for each in (sources if isinstance(sources, list) else [sources])}
    return allowed


def _queues_of(properties: dict[str, Any]) -> set[str]:
    events = (properties.get("Events") or {}).values()
    return {event["Properties"]["Queue"]["Fn::GetAtt"][0] for event in events if event["Type"] == "SQS"}


def test_orders_and_payments_are_listened_to() -> None:
    """Orders → notifications; orders and payments → the audit trail."""
    sources = {template.context: set() for template, _, _ in RULES}  # type: dict[str, set[str]]
    for template, _, rule in RULES:
        sources[template.context] |= set(rule["EventPattern"]["source"])
    assert "agora.orders" in sources["notifications"]
    assert {"agora.orders", "agora.payments"} <= sources["audit"]
