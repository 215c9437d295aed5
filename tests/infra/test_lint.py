"""The house rules of cfn-lint: each is silent on a good template and speaks on the one that breaks it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from cfnlint.config import ConfigMixIn
from cfnlint.runner import Runner

from infra.lint.__main__ import templates
from infra.templates import ROOT

pytestmark = pytest.mark.infra

Document = dict[str, Any]
Break = Callable[[Document], None]


def _function(verb: str, noun: str) -> Document:
    name, logical = f"${{Prefix}}-orders-{verb}-{noun}", verb.capitalize() + noun.capitalize()
    assumed_by = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {
        f"{logical}Function": {
            "Type": "AWS::Serverless::Function",
            "Properties": {
                "FunctionName": {"Fn::Sub": name},
                "CodeUri": f"../functions/orders/{verb}_{noun}",
                "Timeout": 5,
                "Role": {"Fn::GetAtt": [f"{logical}Role", "Arn"]},
            },
        },
        f"{logical}Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [assumed_by]},
                "Policies": [
                    {
                        "PolicyName": "function",
                        "PolicyDocument": {
                            "Version": "2012-10-17",
                            "Statement": [
                                {
                                    "Effect": "Allow",
                                    "Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage"],
                                    "Resource": {"Fn::GetAtt": ["Queue", "Arn"]},
                                }
                            ],
                        },
                    }
                ],
            },
        },
        f"{logical}LogGroup": {
            "Type": "AWS::Logs::LogGroup",
            "Properties": {"LogGroupName": {"Fn::Sub": f"/aws/lambda/{name}"}, "RetentionInDays": 30},
        },
    }


def _good() -> Document:
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Transform": "AWS::Serverless-2016-10-31",
        "Parameters": {"Prefix": {"Type": "String"}, "Topic": {"Type": "String"}},
        "Globals": {"Function": {"Runtime": "python3.13", "Handler": "app.app"}},
        "Resources": {
            **_function("place", "order"),
            **_function("list", "orders"),
            "Queue": {
                "Type": "AWS::SQS::Queue",
                "Properties": {
                    "RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}, "maxReceiveCount": 5}
                },
            },
            "Dead": {"Type": "AWS::SQS::Queue", "Properties": {"MessageRetentionPeriod": 1209600}},
            "DeadAlarm": {
                "Type": "AWS::CloudWatch::Alarm",
                "Properties": {
                    "Namespace": "AWS/SQS",
                    "MetricName": "ApproximateNumberOfMessagesVisible",
                    "Dimensions": [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["Dead", "QueueName"]}}],
                    "Statistic": "Maximum",
                    "Period": 60,
                    "EvaluationPeriods": 1,
                    "Threshold": 0,
                    "ComparisonOperator": "GreaterThanThreshold",
                    "AlarmActions": [{"Ref": "Topic"}],
                },
            },
            "Rule": {
                "Type": "AWS::Events::Rule",
                "Properties": {
                    "EventPattern": {"source": ["agora.orders"]},
                    "Targets": [{"Id": "queue", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}],
                },
            },
        },
    }


def _findings(template: Path) -> list[tuple[str, str]]:
    """What cfn-lint says with the house rules: rule and message."""
    settings: Any = {"append_rules": [str(ROOT / "infra" / "lint")], "templates": [str(template)]}
    return [(match.rule.id, match.message) for match in Runner(ConfigMixIn(**settings)).run()]


def _lint(document: Document, folder: Path) -> list[tuple[str, str]]:
    """The findings in a template named infra/orders.yaml."""
    path = folder / "orders.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return _findings(path)


def _properties(document: Document, name: str) -> Document:
    properties: Document = document["Resources"][name]["Properties"]
    return properties


def _statement(document: Document) -> Document:
    statement: Document = _properties(document, "PlaceOrderRole")["Policies"][0]["PolicyDocument"]["Statement"][0]
    return statement


def _second_queue_as_dead_letters_of_stream(document: Document) -> None:
    document["Resources"]["Lost"] = {"Type": "AWS::SQS::Queue", "Properties": {"MessageRetentionPeriod": 1209600}}
    _properties(document, "PlaceOrderFunction")["Events"] = {
        "Stream": {
            "Type": "DynamoDB",
            "Properties": {
                "Stream": "arn:aws:dynamodb:eu-west-2:123456789012:table/orders/stream/2026-01-01T00:00:00.000",
                "StartingPosition": "TRIM_HORIZON",
                "DestinationConfig": {"OnFailure": {"Destination": {"Fn::GetAtt": ["Lost", "Arn"]}}},
            },
        }
    }


def _function_event(document: Document) -> None:
    _properties(document, "PlaceOrderFunction")["Events"] = {
        "Placed": {"Type": "EventBridgeRule", "Properties": {"Pattern": {"source": ["agora.orders"]}}}
    }


def _rename(document: Document) -> None:
    document["Resources"]["OrderFunction"] = document["Resources"].pop("PlaceOrderFunction")


BROKEN: dict[str, tuple[str, str, Break]] = {
    "queue without dead letters": ("E9101", "Queue has no", lambda d: _properties(d, "Queue").clear()),
    "alarm missing": ("E9101", "no alarm tells when Dead", lambda d: d["Resources"].pop("DeadAlarm")),
    "alarm tells nobody": ("E9101", "no alarm", lambda d: _properties(d, "DeadAlarm").update(AlarmActions=[])),
    "alarm of the wrong queue": (
        "E9101",
        "no alarm",
        lambda d: _properties(d, "DeadAlarm")["Dimensions"][0].update(Value={"Fn::GetAtt": ["Queue", "QueueName"]}),
    ),
    "stream's dead letters unwatched": ("E9101", "when Lost", _second_queue_as_dead_letters_of_stream),
    "role of another template": (
        "E9102",
        "no role",
        lambda d: _properties(d, "PlaceOrderFunction").update(Role="arn:aws:iam::123456789012:role/all"),
    ),
    "role that SAM makes up": ("E9102", "no role", lambda d: _properties(d, "PlaceOrderFunction").pop("Role")),
    "shared role": (
        "E9102",
        "shares",
        lambda d: _properties(d, "PlaceOrderFunction").update(Role={"Fn::GetAtt": ["ListOrdersRole", "Arn"]}),
    ),
    "any resource": ("E9103", "allows *", lambda d: _statement(d).update(Resource="*")),
    "any table": (
        "E9103",
        "as a resource",
        lambda d: _statement(d).update(Resource={"Fn::Sub": "arn:${AWS::Partition}:dynamodb:::table/${Prefix}-*"}),
    ),
    "any action": ("E9103", "allows sqs:*", lambda d: _statement(d).update(Action="sqs:*")),
    "managed policy": (
        "E9103",
        "managed policy",
        lambda d: _properties(d, "PlaceOrderRole").update(
            ManagedPolicyArns=["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"]
        ),
    ),
    "log group missing": ("E9104", "PlaceOrderFunction", lambda d: d["Resources"].pop("PlaceOrderLogGroup")),
    "logs kept for ever": (
        "E9104",
        "PlaceOrderFunction",
        lambda d: _properties(d, "PlaceOrderLogGroup").pop("RetentionInDays"),
    ),
    "no timeout": ("E9105", "PlaceOrderFunction", lambda d: _properties(d, "PlaceOrderFunction").pop("Timeout")),
    "name of another context": (
        "E9106",
        "FunctionName",
        lambda d: _properties(d, "PlaceOrderFunction").update(FunctionName={"Fn::Sub": "${Prefix}-shop-place-order"}),
    ),
    "folder of another context": (
        "E9106",
        "CodeUri",
        lambda d: _properties(d, "PlaceOrderFunction").update(CodeUri="../functions/shop/place_order"),
    ),
    "logical id of its own": ("E9106", "logical id", _rename),
    "rule straight to a function": (
        "E9107",
        "Rule",
        lambda d: _properties(d, "Rule")["Targets"][0].update(Arn={"Fn::GetAtt": ["PlaceOrderFunction", "Arn"]}),
    ),
    "event straight to a function": ("E9107", "PlaceOrderFunction", _function_event),
}


def test_good_template_breaks_no_house_rule(tmp_path: Path) -> None:
    assert _lint(_good(), tmp_path) == []


@pytest.mark.parametrize("case", BROKEN)
def test_broken_template_is_found(case: str, tmp_path: Path) -> None:
    rule, message, damage = BROKEN[case]
    document = _good()
    damage(document)
    found = _lint(document, tmp_path)
    assert [text for said_by, text in found if said_by == rule and message in text], found


def test_every_rule_has_a_broken_template() -> None:
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "infra" / "lint").glob("*.py")]
    rules = {rule for source in sources for rule in re.findall(r'^    id = "(\w+)"$', source, re.MULTILINE)}
    assert rules == {rule for rule, _, _ in BROKEN.values()}


@pytest.mark.parametrize("template", [str(Path(path).relative_to(ROOT)) for path in templates()])
def test_template_is_clean(template: str) -> None:
    assert _findings(ROOT / template) == []
