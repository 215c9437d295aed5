"""Where a state machine meets the templates: its substitutions, and the functions that it calls."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.asl.machine import Machine
from infra.templates import Function, Template, plain

STATE_MACHINE = "AWS::Serverless::StateMachine"

_DEFAULT_LAMBDA_TIMEOUT = 3
_SUBSTITUTED = re.compile(r"\$\{(\w+)\}")


@dataclass(frozen=True)
class Deployment:
    """A machine as a template deploys it, with the functions of all templates by name (`orders-task-price-order`)."""

    machine: Machine
    template: Template
    properties: Mapping[str, Any]
    functions: Mapping[str, Function]

    @property
    def substitutions(self) -> dict[str, Any]:
        """`DefinitionSubstitutions`, intrinsic functions unresolved."""
        return dict(self.properties.get("DefinitionSubstitutions") or {})

    def function(self, substitution: str) -> Function | None:
        """The function whose ARN takes a substitution's place, if there is one."""
        value = self.substitutions.get(substitution)
        if isinstance(value, Mapping) and "Fn::GetAtt" in value:
            own = {function.logical_id: function for function in self.template.functions}
            return own.get(value["Fn::GetAtt"][0])
        name = plain(value or "").partition(":function:")[2].removeprefix("${Prefix}-")
        return self.functions.get(name.partition(":")[0])


def find(machine: Machine, templates: Sequence[Template]) -> Deployment | None:
    """The deployment of a machine, if a template has one."""
    functions = {function.name: function for template in templates for function in template.functions}
    for template in templates:
        for properties in template.of_type(STATE_MACHINE).values():
            if str(properties.get("DefinitionUri", "")).endswith(f"/{machine.name}.asl.yaml"):
                return Deployment(machine, template, properties, functions)
    return None


def faults(machine: Machine, templates: Sequence[Template]) -> Iterator[str]:
    """One sentence for everything that does not fit between the machine and the templates."""
    deployed = find(machine, templates)
    if deployed is None:
        yield "no template in infra/ deploys it"
        return
    defined, used = deployed.substitutions.keys(), machine.substitutions
    yield from (f"${{{name}}} is not defined in {deployed.template.path.name}" for name in sorted(used - defined))
    yield from (f"{deployed.template.path.name} defines {name}, which is not used" for name in sorted(defined - used))
    for name in machine.tasks:
        yield from _timeout_faults(deployed, name)


def _timeout_faults(deployed: Deployment, task: str) -> Iterator[str]:
    """A state that gives up before its function does would repeat work that is still under way."""
    state = deployed.machine.tasks[task]
    called = _SUBSTITUTED.fullmatch(str(state.get("Parameters", {}).get("FunctionName", "")))
    if called is None:
        return
    function = deployed.function(called[1])
    if function is None:
        yield f"{task} calls ${{{called[1]}}}, which is no function of any template"
        return
    lasts = int(function.properties.get("Timeout", _DEFAULT_LAMBDA_TIMEOUT))
    waits = state.get("TimeoutSeconds", 0)
    if waits <= lasts:
        yield f"{task} times out after {waits} s, its function {function.name} only after {lasts} s"
