"""The root template hands each nested application what it asks for, and takes from it what it gives."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from infra import templates
from infra.templates import ROOT, Template
from system.model import VERSION
from tests.infra import project

pytestmark = pytest.mark.infra

TEMPLATE = Template(ROOT / "template.yaml")
APPLICATIONS = TEMPLATE.of_type("AWS::Serverless::Application")
each_application = pytest.mark.parametrize("name", APPLICATIONS)


def _child(name: str) -> Template:
    return Template(ROOT / APPLICATIONS[name]["Location"])


def test_every_context_is_nested() -> None:
    nested = {application["Location"] for application in APPLICATIONS.values()}
    written = {str(path.relative_to(ROOT)) for path in (ROOT / "infra").glob("*.yaml")}
    assert nested == written
    folders = {path.name for path in (ROOT / "functions").iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert {f"infra/{folder}.yaml" for folder in folders} | {"infra/api.yaml"} == nested


@each_application
def test_application_gets_the_parameters_that_it_declares(name: str) -> None:
    given, declared = set(APPLICATIONS[name]["Parameters"]), _child(name).parameters
    required = {parameter for parameter, entry in declared.items() if "Default" not in entry}
    assert required <= given <= set(declared)


@each_application
def test_parameter_of_the_root_reaches_every_application_that_has_one_of_its_name(name: str) -> None:
    shared = set(TEMPLATE.parameters) & set(_child(name).parameters)
    assert shared <= set(APPLICATIONS[name]["Parameters"])


@each_application
def test_allowed_values_are_the_same_in_root_and_application(name: str) -> None:
    for parameter, entry in _child(name).parameters.items():
        if parameter in TEMPLATE.parameters and "AllowedValues" in entry:
            assert set(TEMPLATE.parameters[parameter]["AllowedValues"]) <= set(entry["AllowedValues"]), parameter


def test_outputs_that_are_read_exist() -> None:
    for application, output in _outputs_read(TEMPLATE.document):
        assert output in (_child(application).document.get("Outputs") or {}), f"{application}.Outputs.{output}"


def _outputs_read(value: Any) -> list[tuple[str, str]]:
    if isinstance(value, dict):
        attribute = value.get("Fn::GetAtt")
        if attribute and attribute[1].startswith("Outputs."):
            return [(attribute[0], attribute[1].removeprefix("Outputs."))]
        value = list(value.values())
    return [found for each in value for found in _outputs_read(each)] if isinstance(value, list) else []


def test_api_waits_for_every_context() -> None:
    assert set(TEMPLATE.resources["Api"]["DependsOn"]) == set(APPLICATIONS) - {"Api"}


def test_every_context_defines_the_layers_of_its_functions() -> None:
    """`sam local` does not resolve a layer that a nested application is handed as a parameter."""
    for template, function in project.functions():
        layers = template.of_type("AWS::Serverless::LayerVersion")
        used = [layer.get("Ref") for layer in function.properties["Layers"]]
        folders = [Path(layers[layer]["ContentUri"]).name for layer in used if layer in layers]
        assert folders == ["kernel", template.context], f"{function.name}: {used}"


def test_resources_of_each_template_stay_below_the_limit_of_cloudformation() -> None:
    for path in sorted((ROOT / "infra").glob("*.yaml")):
        assert len(templates.load(path)["Resources"]) < 300, path.name  # SAM adds some; 500 is the limit


def test_version_is_the_projects() -> None:
    metadata = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert metadata["project"]["version"] == VERSION
