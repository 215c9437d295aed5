"""House rule: events wait in a queue."""

from __future__ import annotations

from typing import Any

from cfnlint.rules._rule import CloudFormationLintRule, RuleMatch

from infra.lint._reading import events, referred, resources

DIRECT = frozenset({"EventBridgeRule", "CloudWatchEvent"})
"""SAM's function events that make a rule whose target is the function."""


class RuleTargetsQueue(CloudFormationLintRule):
    """Rule → SQS → function: a function as a target loses what it cannot take at once."""

    id = "E9107"
    shortdesc = "An event rule targets queues only"
    description = "Each target of a rule that matches events is a queue; schedules may invoke functions"
    tags = ["agora"]  # noqa: RUF012 - as the base class has it

    def match(self, cfn: Any) -> list[RuleMatch]:
        """Check one template."""
        queues = resources(cfn.template, "AWS::SQS::Queue")
        wrong = [
            name
            for name, rule in resources(cfn.template, "AWS::Events::Rule").items()
            if "EventPattern" in rule
            for target in rule.get("Targets") or []
            if referred(target.get("Arn")) not in queues
        ]
        wrong += [name for name, event in events(cfn.template) if event["Type"] in DIRECT]
        return [RuleMatch(["Resources", name], f"{name}: events go past a queue of this template") for name in wrong]
