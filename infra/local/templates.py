"""Reads the SAM templates that `sam deploy` takes and turns them into plain CloudFormation for the local engine.

Each nested `AWS::Serverless::Application` is packaged and transformed on its own and becomes a plain nested stack: the
engine would not transform a child.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infra.local.build import Builder
from infra.local.failure import LocalStackError
from infra.local.transform import parse_yaml, to_cloudformation

Template = dict[str, Any]
Upload = Callable[[str, bytes, str], str]
"""Stores bytes under a folder and extension, answers the URI; the key is made of the content."""
CODE = {"AWS::Serverless::Function": "CodeUri", "AWS::Lambda::Function": "Code"}
LAYERS = {"AWS::Serverless::LayerVersion": "ContentUri", "AWS::Lambda::LayerVersion": "Content"}
DEFINITIONS = {
    "AWS::Serverless::StateMachine": ("DefinitionUri", "Definition"),
    "AWS::Serverless::Api": ("DefinitionUri", "DefinitionBody"),
}
CUSTOM_ID_TAG = "ms-custom-id"
CUSTOM_ID = "c0ffee01"
ROOT_STAGE = "v1"
"""The stage that the engine also serves at the root, without the API's id."""


def load(path: Path) -> Template:
    """Parse a template or a document that it refers to."""
    if not path.is_file():
        raise LocalStackError(f"{path} does not exist, but a template refers to it.")
    try:
        document = json.loads(path.read_text()) if path.suffix == ".json" else parse_yaml(path.read_text())
    except ValueError as error:
        raise LocalStackError(f"{path} cannot be read: {error}") from error
    if not isinstance(document, dict):
        raise LocalStackError(f"{path} is not a template.")
    return document


def _local(value: object) -> str | None:
    """A reference to a file beside the template, as opposed to an intrinsic function or a URI."""
    return value if isinstance(value, str) and "://" not in value else None


class Packager:
    """Packages one tree of templates: uploads what they refer to and rewrites the references."""

    def __init__(self, builder: Builder, upload: Upload, *, pin_api: bool) -> None:
        self._builder = builder
        self._upload = upload
        self._pin_api = pin_api

    def package(self, path: Path, parameters: dict[str, str]) -> Template:
        """The template at `path` as plain CloudFormation."""
        template = load(path)
        for name, resource in template.get("Resources", {}).items():
            try:
                self._resource(resource, path.parent)
            except LocalStackError as error:
                raise LocalStackError(f"{path.name}: {name}: {error.problem}", error.advice, error.detail) from error
        plain = to_cloudformation(template, parameters, path)
        if self._pin_api:
            pin_rest_api(plain)
        return plain

    def _resource(self, resource: Template, folder: Path) -> None:
        kind, properties = resource.get("Type", ""), resource.setdefault("Properties", {})
        if kind == "AWS::Serverless::Application" and _local(properties.get("Location")):
            self._application(resource, folder)
        elif kind in CODE and (code := _local(properties.get(CODE[kind], "."))):
            properties[CODE[kind]] = self._upload("functions", self._builder.function((folder / code).resolve()), "zip")
        elif kind in LAYERS and (content := _local(properties.get(LAYERS[kind]))):
            build = "BuildMethod" in (resource.get("Metadata") or {})
            archive = self._builder.layer((folder / content).resolve(), build=build)
            properties[LAYERS[kind]] = self._upload("layers", archive, "zip")
        elif kind in DEFINITIONS and (definition := _local(properties.get(DEFINITIONS[kind][0]))):
            del properties[DEFINITIONS[kind][0]]
            properties[DEFINITIONS[kind][1]] = load(folder / definition)

    def _application(self, resource: Template, folder: Path) -> None:
        """Replace a nested application by a plain nested stack of its packaged template."""
        properties = resource["Properties"]
        child = self.package((folder / properties["Location"]).resolve(), {})
        body = json.dumps(child, sort_keys=True, default=str).encode()
        resource["Type"] = "AWS::CloudFormation::Stack"
        resource["Properties"] = {
            "TemplateURL": self._upload("templates", body, "json").replace("s3://", "https://s3.amazonaws.com/", 1),
            **({"Parameters": properties["Parameters"]} if properties.get("Parameters") else {}),
        }


def pin_rest_api(template: Template) -> None:
    """Give the REST API an id that never changes, and so a URL that never changes."""
    for resource in template.get("Resources", {}).values():
        if resource.get("Type") == "AWS::ApiGateway::RestApi":
            tags = resource.setdefault("Properties", {}).setdefault("Tags", [])
            if not any(tag.get("Key") == CUSTOM_ID_TAG for tag in tags):
                tags.append({"Key": CUSTOM_ID_TAG, "Value": CUSTOM_ID})
