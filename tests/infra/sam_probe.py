"""Asks SAM CLI's own providers what they make of the templates. Runs in the sam environment, prints JSON.

.local/envs/sam/bin/python tests/infra/sam_probe.py template.yaml infra/api.yaml
"""

import json
import sys
from pathlib import Path
from typing import Any

import boto3
from samcli.lib.providers.api_provider import ApiProvider
from samcli.lib.providers.sam_function_provider import SamFunctionProvider
from samcli.lib.providers.sam_stack_provider import SamLocalStackProvider
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse


def routes(template: str) -> list[dict[str, Any]]:
    """Each route that `sam local start-api` would serve, with the function that it finds for it."""
    stacks, _ = SamLocalStackProvider.get_stacks(template)
    functions = SamFunctionProvider(stacks)
    return [_route(route, functions.get(route.function_name)) for route in ApiProvider(stacks).routes]


def _route(route: Any, function: Any) -> dict[str, Any]:
    return {
        "path": route.path,
        "methods": sorted(route.methods),
        "authorizer": route.authorizer_name,
        "function": function and function.functionname,
        "code": function and function.codeuri,
        "handler": function and function.handler,
        "layers": [layer.codeuri for layer in function.layers] if function else [],
    }


def transformed(template: str) -> Any:
    """What CloudFormation gets of a template: SAM's own transform of it."""
    document = yaml_parse(Path(template).read_text(encoding="utf-8"))
    parameters = {name: str(entry["Default"]) for name, entry in document["Parameters"].items()}
    session = boto3.Session(region_name="eu-west-2")
    return Translator({}, Parser(), boto_session=session).translate(document, parameters)


if __name__ == "__main__":
    print(json.dumps({"routes": routes(sys.argv[1]), "api": transformed(sys.argv[2])}, default=str))
