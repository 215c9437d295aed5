"""House rules: every function may do what it does and nothing else."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from cfnlint.rules._rule import CloudFormationLintRule, RuleMatch

from infra.lint._reading import Properties, functions, listed, referred, resources, statements, text

ROLE = "AWS::IAM::Role"

# Where IAM knows no narrower name. An execution is named after its order, so its machine's name is all that is known.
# API Gateway makes up the ids of keys and plans, and another nested stack makes the plans.
WILDCARD_RESOURCES = (
    re.compile(r"arn:\${AWS::Partition}:states:[^*]+:execution:\${Prefix}-[a-z-]+:\*"),
    re.compile(r"arn:\${AWS::Partition}:apigateway:\${AWS::Region}::/(apikeys/\*|usageplans/\*/(keys|usage))"),
)
# The API's own role invokes every function of the deployment, by prefix: one role for a hundred routes.
API_ROLE_RESOURCE = re.compile(r"arn:[^*]+:function:\${Prefix}-\*")
# Actions for which IAM defines no resource, so that a policy can only say `*`.
WITHOUT_RESOURCE = frozenset(
    "logs:CreateLogDelivery logs:GetLogDelivery logs:UpdateLogDelivery logs:DeleteLogDelivery logs:ListLogDeliveries "
    "logs:PutResourcePolicy logs:DescribeResourcePolicies logs:DescribeLogGroups "
    "xray:PutTraceSegments xray:PutTelemetryRecords xray:GetSamplingRules xray:GetSamplingTargets".split()
)


class FunctionHasItsOwnRole(CloudFormationLintRule):
    """A role of the template for each function, used by no other."""

    id = "E9102"
    shortdesc = "A function needs a role of its own"
    description = "Each function's role is defined beside it and is not shared"
    tags = ["agora"]  # noqa: RUF012 - as the base class has it

    def match(self, cfn: Any) -> list[RuleMatch]:
        """Check one template."""
        used = {name: referred(function.get("Role")) for name, function in functions(cfn.template).items()}
        roles = resources(cfn.template, ROLE)
        times = Counter(used.values())
        found = []
        for function, role in used.items():
            if role not in roles:
                found.append(RuleMatch(["Resources", function], f"{function} has no role of this template"))
            elif times[role] > 1:
                found.append(RuleMatch(["Resources", function], f"{function} shares the role {role}"))
        return found


class RoleNamesWhatItAllows(CloudFormationLintRule):
    """No `*` in an action or a resource, but for the short lists above."""

    id = "E9103"
    shortdesc = "A policy names its actions and resources"
    description = "Inline policies hold no wildcard, and functions' roles take no managed policy"
    tags = ["agora"]  # noqa: RUF012 - as the base class has it

    def match(self, cfn: Any) -> list[RuleMatch]:
        """Check one template."""
        found = []
        of_functions = {referred(function.get("Role")) for function in functions(cfn.template).values()}
        for name, role in resources(cfn.template, ROLE).items():
            problems = [problem for statement in statements(role) for problem in _wildcards(name, statement)]
            if name in of_functions and role.get("ManagedPolicyArns"):
                problems.append("takes a managed policy, which names no resources")
            found += [RuleMatch(["Resources", name], f"{name} {problem}") for problem in problems]
        return found


def _wildcards(role: str, statement: Properties) -> list[str]:
    if statement.get("Effect") != "Allow":
        return []
    actions = [str(action) for action in listed(statement.get("Action"))]
    problems = [f"allows {action}" for action in actions if "*" in action]
    problems += ["allows everything but its NotAction"] if "NotAction" in statement else []
    problems += ["allows everything but its NotResource"] if "NotResource" in statement else []
    if WITHOUT_RESOURCE.issuperset(actions):
        return problems
    resources_named = [text(resource) for resource in listed(statement.get("Resource"))]
    return problems + [f"allows {each} as a resource" for each in resources_named if _is_too_wide(role, each)]


def _is_too_wide(role: str, resource: str) -> bool:
    if "*" not in resource:
        return False
    if role == "ApiRole" and API_ROLE_RESOURCE.fullmatch(resource):
        return False
    return not any(pattern.fullmatch(resource) for pattern in WILDCARD_RESOURCES)
