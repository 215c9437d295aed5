"""House rules: what each function has beside its code, and what it is called."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cfnlint.rules._rule import CloudFormationLintRule, RuleMatch

from infra.lint._reading import functions, resources, text


class FunctionHasLogGroup(CloudFormationLintRule):
    """A log group with a retention: the one that Lambda makes by itself keeps logs for ever."""

    id = "E9104"
    shortdesc = "A function needs a log group with a retention"
    description = "Each function has the log group /aws/lambda/<name>, and it forgets"
    tags = ["agora"]  # noqa: RUF012 - as the base class has it

    def match(self, cfn: Any) -> list[RuleMatch]:
        """Check one template."""
        groups = resources(cfn.template, "AWS::Logs::LogGroup").values()
        kept = {text(group.get("LogGroupName")) for group in groups if group.get("RetentionInDays")}
        return [
            RuleMatch(["Resources", name], f"{name} has no log group with a retention")
            for name, function in functions(cfn.template).items()
            if f"/aws/lambda/{text(function.get('FunctionName'))}" not in kept
        ]


class FunctionHasTimeout(CloudFormationLintRule):
    """A time limit that somebody chose: Lambda's own is 3 seconds."""

    id = "E9105"
    shortdesc = "A function needs a Timeout"
    description = "Each function says how long it may take"
    tags = ["agora"]  # noqa: RUF012 - as the base class has it

    def match(self, cfn: Any) -> list[RuleMatch]:
        """Check one template."""
        return [
            RuleMatch(["Resources", name], f"{name} has no Timeout")
            for name, properties in functions(cfn.template).items()
            if not isinstance(properties.get("Timeout"), int)
        ]


class FunctionIsNamedAfterItsFolder(CloudFormationLintRule):
    """infra/orders.yaml: PlaceOrderFunction is ${Prefix}-orders-place-order in functions/orders/place_order."""

    id = "E9106"
    shortdesc = "A function's name, logical id and folder must agree"
    description = "The four names of a function follow one from another"
    tags = ["agora"]  # noqa: RUF012 - as the base class has it

    def match(self, cfn: Any) -> list[RuleMatch]:
        """Check one template."""
        context = Path(cfn.filename).stem
        found = []
        for logical_id, properties in functions(cfn.template).items():
            folder = Path(str(properties.get("CodeUri", ""))).name
            wanted = {
                "CodeUri": f"../functions/{context}/{folder}",
                "FunctionName": f"${{Prefix}}-{context}-{folder.replace('_', '-')}",
            }
            problems = [
                f"{key} should be {value}" for key, value in wanted.items() if text(properties.get(key)) != value
            ]
            if logical_id != "".join(word.capitalize() for word in folder.split("_")) + "Function":
                problems.append(f"the logical id does not follow from the folder {folder}")
            found += [RuleMatch(["Resources", logical_id], f"{logical_id}: {problem}") for problem in problems]
        return found
