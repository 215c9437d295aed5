"""What the saga runs on, made in a mocked AWS from the real templates: tables, parameters, the state machine."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from infra.asl import deployment
from infra.asl.machine import Machine
from infra.templates import Template, contexts
from kernel import aws
from tests.support.functions import environment, load
from tests.support.saga_bridge import Handler
from tests.support.saga_machine import PREFIX, Definition

_PSEUDO = {"AWS::Partition": "aws", "AWS::Region": "eu-west-2", "AWS::AccountId": "123456789012"}
_TABLE_FIELDS = ("TableName", "KeySchema", "AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes")


class Stack:
    """Reads the templates once; `overrides` are environment variables that differ from them, by context."""

    def __init__(self, overrides: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self._templates = _templates()
        self._overrides = overrides or {}
        self._functions = {
            function.name: (template, function) for template in self._templates for function in template.functions
        }

    def create_stores(self) -> None:
        """Every table and parameter of the templates, and the one secret that the root template makes.

        The tables have no streams: nothing reads them here, and moto copies them with every transaction.
        """
        for template in self._templates:
            for properties in template.of_type("AWS::DynamoDB::Table").values():
                self._create_table(template, properties)
            for properties in template.of_type("AWS::SSM::Parameter").values():
                name = self._resolved(properties["Name"], template)
                aws.client("ssm").put_parameter(Name=name, Value=properties["Value"], Type="String")
        aws.client("secretsmanager").create_secret(Name=f"{PREFIX}/cursor-key", SecretString="only-for-tests")

    def _create_table(self, template: Template, properties: Mapping[str, Any]) -> None:
        request = {field: properties[field] for field in _TABLE_FIELDS if field in properties}
        request["TableName"] = self._resolved(request["TableName"], template)
        aws.client("dynamodb").create_table(**request)

    def handler(self, name: str) -> Handler:
        """The handler of a function by its name without prefix, started with the environment of its template."""
        template, function = self._functions[name]
        with environment(self.variables(name)):
            module = load(template.context, function.folder.rpartition("/")[2])
        handler: Handler = module.app
        return handler

    def variables(self, name: str) -> dict[str, str]:
        """The environment of a function."""
        template, function = self._functions[name]
        told = (function.properties.get("Environment") or {}).get("Variables") or {}
        values = {key: self._resolved(value, template) for key, value in told.items()}
        return {**values, **self._overrides.get(template.context, {})}

    def definition(self, machine: Machine) -> Definition:
        """The state machine as its template deploys it."""
        deployed = deployment.find(machine, self._templates)
        if deployed is None:
            raise LookupError(f"no template deploys {machine.name}")
        values = {name: self._resolved(value, deployed.template) for name, value in deployed.substitutions.items()}
        definition: Definition = _filled(machine.definition, values)
        return definition

    def substituted_functions(self, machine: Machine) -> dict[str, str]:
        """Substitution → name of the function that the state machine's template puts there."""
        deployed = deployment.find(machine, self._templates)
        called = {name: deployed.function(name) for name in machine.substitutions} if deployed else {}
        return {name: function.name for name, function in called.items() if function}

    def _resolved(self, value: Any, template: Template) -> str:
        """A template's value with parameters at their defaults; the bus and topics have made-up names."""
        known = {name: str(entry.get("Default", f"any-{name}")) for name, entry in template.parameters.items()}
        known.update(_PSEUDO)
        if not isinstance(value, Mapping):
            return str(value)
        if "Ref" in value:
            return known[value["Ref"]]
        return re.sub(r"\$\{([\w:]+)\}", lambda match: known[match[1]], str(value["Fn::Sub"]))


@lru_cache(maxsize=1)
def _templates() -> list[Template]:
    """Read once for all shops of a test session: YAML is slow to read."""
    return contexts()


def _filled(value: Any, substitutions: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(each, substitutions) for key, each in value.items()}
    if isinstance(value, list):
        return [_filled(each, substitutions) for each in value]
    if isinstance(value, str):
        return re.sub(r"\$\{(\w+)\}", lambda match: substitutions[match[1]], value)
    return value
