"""The SAM transform, by the library that AWS itself uses."""

from __future__ import annotations

import importlib
import logging
from pathlib import Path
from typing import Any

import boto3

from infra.local.engine import REGION
from infra.local.failure import LocalStackError

Template = dict[str, Any]
TRANSFORM = "AWS::Serverless-2016-10-31"


def _sam(module: str) -> Any:
    return importlib.import_module(f"samtranslator.{module}")


def parse_yaml(text: str) -> object:
    """YAML with CloudFormation's short forms, as `Ref` and `Fn::…` mappings."""
    try:
        document: object = _sam("yaml_helper").yaml_parse(text)
    except Exception as error:  # the library passes on whatever its YAML parser raises
        raise ValueError(str(error)) from error
    return document


def _defaults(template: Template) -> dict[str, Any]:
    return {name: entry["Default"] for name, entry in template.get("Parameters", {}).items() if "Default" in entry}


def to_cloudformation(template: Template, parameters: dict[str, str], path: Path) -> Template:
    """`template` without any resource of SAM."""
    transforms = template.get("Transform", [])
    if TRANSFORM not in ([transforms] if isinstance(transforms, str) else transforms):
        return template
    logging.getLogger("samtranslator").setLevel(logging.ERROR)
    session = boto3.Session(region_name=REGION)
    translator = _sam("translator.translator").Translator({}, _sam("parser.parser").Parser(), boto_session=session)
    values = {**_defaults(template), **parameters}
    try:
        plain: Template = translator.translate(template, values)
    except _sam("model.exceptions").InvalidDocumentException as error:
        causes = "\n".join(cause.message for cause in error.causes)
        raise LocalStackError(f"{path.name} is not a valid SAM template.", detail=causes) from error
    return plain
