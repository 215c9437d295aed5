"""The project as its infrastructure tests see it: templates, routes and functions, read once."""

from __future__ import annotations

import ast
from functools import cache
from pathlib import Path
from typing import Any

from infra import templates
from infra.api import discovery
from infra.api.discovery import Endpoint
from infra.templates import ROOT, Function, Template
from kernel import aws

LAYERS = ROOT / "layers"
FUNCTIONS = ROOT / "functions"


@cache
def endpoints() -> list[Endpoint]:
    """Every route."""
    found = discovery.endpoints()
    aws.reset()  # the clients were made outside of any mocked AWS
    return found


@cache
def contexts() -> list[Template]:
    """The template of every bounded context."""
    return templates.contexts()


@cache
def functions() -> list[tuple[Template, Function]]:
    """Every function with its template."""
    return [(template, function) for template in contexts() for function in template.functions]


@cache
def document(path: str) -> dict[str, Any]:
    """A template or JSON document by its path in the repository."""
    return templates.load(ROOT / path)


@cache
def tree(path: Path) -> ast.Module:
    """The syntax tree of a source file."""
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def function_kind(folder: str) -> str:
    """What the function's `app` is: `App`, `Task`, `Consumer`, `Relay`, or another class or function's name."""
    for node in tree(ROOT / folder / "app.py").body:
        targets = node.targets if isinstance(node, ast.Assign) else []
        if any(isinstance(target, ast.Name) and target.id == "app" for target in targets):
            assert isinstance(node, ast.Assign)
            call = node.value
            assert isinstance(call, ast.Call), f"{folder}: app is not made by a call"
            return ast.unparse(call.func)
    raise AssertionError(f"{folder} defines no app")
