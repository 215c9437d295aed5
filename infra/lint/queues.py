"""House rule: no message is lost unseen."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cfnlint.rules._rule import CloudFormationLintRule, RuleMatch

from infra.lint._reading import Properties, events, functions, referred, resources

QUEUE = "AWS::SQS::Queue"


class QueueHasWatchedDeadLetterQueue(CloudFormationLintRule):
    """Every queue has a dead-letter queue, and every dead-letter queue an alarm that somebody gets."""

    id = "E9101"
    shortdesc = "A queue needs a dead-letter queue with an alarm"
    description = "Each queue redrives to a queue of the template; an alarm tells when that one is not empty"
    tags = ["agora"]  # noqa: RUF012 - as the base class has it

    def match(self, cfn: Any) -> list[RuleMatch]:
        """Check one template."""
        dead_letter = set(_dead_letter_queues(cfn.template))
        watched = set(_watched_queues(cfn.template))
        found = []
        for name, queue in resources(cfn.template, QUEUE).items():
            target = referred((queue.get("RedrivePolicy") or {}).get("deadLetterTargetArn"))
            if name not in dead_letter and target not in resources(cfn.template, QUEUE):
                found.append(RuleMatch(["Resources", name], f"{name} has no RedrivePolicy to a dead-letter queue"))
            if name in dead_letter and name not in watched:
                found.append(RuleMatch(["Resources", name], f"no alarm tells when {name} is not empty"))
        return found


def _dead_letter_queues(template: Any) -> Iterator[str]:
    """The queues that take what another queue, an event source, a function or a rule could not deliver."""
    for queue in resources(template, QUEUE).values():
        yield from _known((queue.get("RedrivePolicy") or {}).get("deadLetterTargetArn"))
    for source in resources(template, "AWS::Lambda::EventSourceMapping").values():
        yield from _on_failure(source.get("DestinationConfig"))
    for _, event in events(template):
        yield from _on_failure((event.get("Properties") or {}).get("DestinationConfig"))
    for function in functions(template).values():
        yield from _on_failure((function.get("EventInvokeConfig") or {}).get("DestinationConfig"))
        dead_letters = function.get("DeadLetterQueue") or function.get("DeadLetterConfig") or {}
        yield from _known(dead_letters.get("TargetArn"))
    for target in _targets(template):
        yield from _known((target.get("DeadLetterConfig") or {}).get("Arn"))


def _on_failure(destinations: Properties | None) -> Iterator[str]:
    yield from _known(((destinations or {}).get("OnFailure") or {}).get("Destination"))


def _targets(template: Any) -> Iterator[Properties]:
    for rule in resources(template, "AWS::Events::Rule").values():
        yield from rule.get("Targets") or []
    for schedule in resources(template, "AWS::Scheduler::Schedule").values():
        yield schedule.get("Target") or {}


def _known(reference: Any) -> Iterator[str]:
    if name := referred(reference):
        yield name


def _watched_queues(template: Any) -> Iterator[str]:
    for alarm in resources(template, "AWS::CloudWatch::Alarm").values():
        metric = (alarm.get("Namespace"), alarm.get("MetricName"))
        if metric == ("AWS/SQS", "ApproximateNumberOfMessagesVisible") and alarm.get("AlarmActions"):
            for dimension in alarm.get("Dimensions") or []:
                yield from _known(dimension.get("Value"))
