"""Reads the SAM templates: YAML with CloudFormation's short forms, and what tools and tests ask of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
FUNCTION = "AWS::Serverless::Function"

Document = dict[str, Any]


class _Loader(yaml.SafeLoader):
    """Safe YAML in which `!Ref x` is `{"Ref": "x"}` and `!Sub x` is `{"Fn::Sub": "x"}`."""


def _intrinsic(loader: _Loader, suffix: str, node: yaml.Node) -> Document:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)  # noqa: S101 - YAML has three kinds of node
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in ("Ref", "Condition") else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _intrinsic)


def load(path: Path) -> Document:
    """The template or document at `path`; intrinsic functions in their long form."""
    document: Document = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 - a SafeLoader
    return document


@dataclass(frozen=True)
class Function:
    """A function as its template defines it. `folder` is relative to the repository's root."""

    context: str
    logical_id: str
    properties: Document

    @property
    def name(self) -> str:
        """`FunctionName` without the prefix: `orders-place-order`."""
        return plain(self.properties.get("FunctionName", "")).removeprefix("${Prefix}-")

    @property
    def folder(self) -> str:
        """`functions/orders/place_order`."""
        return str(self.properties.get("CodeUri", "")).removeprefix("../").rstrip("/")


@dataclass(frozen=True)
class Template:
    """One template file."""

    path: Path

    @cached_property
    def document(self) -> Document:
        """The whole file."""
        return load(self.path)

    @property
    def context(self) -> str:
        """`orders` of infra/orders.yaml."""
        return self.path.stem

    @property
    def parameters(self) -> Document:
        """The declared parameters."""
        return dict(self.document.get("Parameters") or {})

    @property
    def resources(self) -> dict[str, Document]:
        """Every resource by logical id."""
        return dict(self.document["Resources"])

    def of_type(self, kind: str) -> dict[str, Document]:
        """The properties of every resource of one type, by logical id."""
        return {
            name: dict(resource.get("Properties") or {})
            for name, resource in self.resources.items()
            if resource["Type"] == kind
        }

    @property
    def functions(self) -> list[Function]:
        """Every function, with the template's Globals merged in."""
        shared = (self.document.get("Globals") or {}).get("Function") or {}
        return [
            Function(self.context, name, _merged(shared, properties))
            for name, properties in self.of_type(FUNCTION).items()
        ]

    def environment(self, function: Function) -> dict[str, str]:
        """The environment of a function with made-up values where the template leaves them to the deployment."""
        variables = (function.properties.get("Environment") or {}).get("Variables") or {}
        defaults = {name: str(entry.get("Default", "")) for name, entry in self.parameters.items()}
        return {name: _made_up(value, defaults) for name, value in variables.items()}


def contexts(root: Path = ROOT) -> list[Template]:
    """The templates of the bounded contexts, by name; not the API's, which is generated."""
    paths = sorted((root / "infra").glob("*.yaml"))
    return [Template(path) for path in paths if path.name != "api.yaml"]


def plain(value: Any) -> str:
    """The text of a literal or of a `Fn::Sub`."""
    if isinstance(value, Mapping):
        value = value.get("Fn::Sub", value.get("Ref", ""))
        value = value[0] if isinstance(value, list) else value
    return str(value)


def statements(template: Template, role: str) -> Iterator[Document]:
    """Every statement of a role's inline policies."""
    for policy in template.resources[role]["Properties"].get("Policies") or []:
        entries = policy["PolicyDocument"]["Statement"]
        yield from entries if isinstance(entries, list) else [entries]


def _merged(shared: Document, own: Document) -> Document:
    """SAM's merge of Globals: mappings are merged, lists joined, the rest replaced."""
    result = dict(shared)
    for key, value in own.items():
        if isinstance(value, dict) and isinstance(result.get(key), dict):
            result[key] = _merged(result[key], value)
        elif isinstance(value, list) and isinstance(result.get(key), list):
            result[key] = [*result[key], *value]
        else:
            result[key] = value
    return result


def _made_up(value: Any, defaults: Mapping[str, str]) -> str:
    if not isinstance(value, Mapping):
        return str(value)
    if "Ref" in value:
        return defaults.get(value["Ref"]) or f"any-{value['Ref']}"
    if "Fn::Sub" in value:
        return re.sub(r"\${([^}]+)}", lambda match: defaults.get(match[1]) or "any", plain(value))
    return "any"
