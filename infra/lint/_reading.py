"""What the house rules share: reading references and names in a template. cfn-lint takes this file for no rule."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Properties = dict[str, Any]
_WHOLE_SUB = re.compile(r"\${(\w+)(?:\.\w+)?}")


def resources(template: Any, kind: str) -> dict[str, Properties]:
    """The properties of every resource of one type, by logical id."""
    return {
        name: resource.get("Properties") or {}
        for name, resource in (template.get("Resources") or {}).items()
        if resource.get("Type") == kind
    }


def functions(template: Any) -> dict[str, Properties]:
    """The properties of every function by logical id, as they are written: without the Globals."""
    return resources(template, "AWS::Serverless::Function") | resources(template, "AWS::Lambda::Function")


def events(template: Any) -> Iterator[tuple[str, Properties]]:
    """The logical id of a function and each event that SAM is to connect it with."""
    for name, function in functions(template).items():
        for event in (function.get("Events") or {}).values():
            yield name, event


def referred(value: Any) -> str | None:
    """The logical id that a `Ref`, a `Fn::GetAtt` or a `Fn::Sub` of nothing else refers to."""
    if not isinstance(value, dict):
        return None
    if isinstance(value.get("Ref"), str):
        return str(value["Ref"])
    attribute = value.get("Fn::GetAtt")
    if attribute:
        return str(attribute[0] if isinstance(attribute, list) else attribute.partition(".")[0])
    match = _WHOLE_SUB.fullmatch(text(value))
    return match[1] if match else None


def text(value: Any) -> str:
    """A literal, or the text of a `Fn::Sub`; empty for anything else."""
    if isinstance(value, dict):
        value = value.get("Fn::Sub", "")
        value = value[0] if isinstance(value, list) else value
    return value if isinstance(value, str) else ""


def listed(value: Any) -> list[Any]:
    """The value as a list, as IAM takes one or many."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def statements(role: Properties) -> Iterator[Properties]:
    """Every statement of a role's inline policies."""
    for policy in role.get("Policies") or []:
        yield from listed(policy["PolicyDocument"].get("Statement"))
