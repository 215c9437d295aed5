"""Finds the routes: loads every function's app.py as Lambda would and keeps those that declare one."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from unittest import mock

import botocore.client

from infra import templates
from infra.templates import Template

if TYPE_CHECKING:
    from kernel.http import Route

_PROCESS = {"AWS_DEFAULT_REGION": "eu-west-2", "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}


class DiscoveryError(Exception):
    """A function cannot be loaded, or does something at import that it must not."""


@dataclass(frozen=True)
class Endpoint:
    """A function that serves a route. `function` is `place_order`, `name` its FunctionName without the prefix."""

    context: str
    function: str
    route: Route
    module: ModuleType

    @property
    def name(self) -> str:
        """`orders-place-order`."""
        return f"{self.context}-{self.function.replace('_', '-')}"

    @property
    def view(self) -> Any:
        """The function that the route calls."""
        return self.module.app.view


def endpoints(root: Path = templates.ROOT) -> list[Endpoint]:
    """Every route of the templates below `root`, by path and method."""
    found = [each for template in templates.contexts(root) for each in _endpoints_of(template, root)]
    seen: dict[str, str] = {}
    for endpoint in found:
        other = seen.setdefault(endpoint.route.name, endpoint.name)
        if other != endpoint.name:
            raise DiscoveryError(f"{endpoint.route.name} is declared by {other} and by {endpoint.name}")
    return sorted(found, key=lambda endpoint: (endpoint.route.path, endpoint.route.method))


def _endpoints_of(template: Template, root: Path) -> Iterator[Endpoint]:
    for function in template.functions:
        module = load(root / function.folder / "app.py", template.environment(function))
        route = getattr(module.app, "declaration", None)
        if route is not None:
            yield Endpoint(template.context, Path(function.folder).name, route, module)


def load(path: Path, environ: Mapping[str, str]) -> ModuleType:
    """Import an app.py by its path, with the environment that its template gives it and without any AWS call."""
    name = f"{path.parent.parent.name}_{path.parent.name}_app"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise DiscoveryError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    with _environment(environ), mock.patch.object(botocore.client.BaseClient, "_make_api_call", _refuse):
        try:
            spec.loader.exec_module(module)
        except Exception as error:
            raise DiscoveryError(f"{path}: {type(error).__name__}: {error}") from error
    if not hasattr(module, "app"):
        raise DiscoveryError(f"{path} defines no app")
    return module


def _refuse(client: Any, operation: str, _parameters: Any) -> None:
    raise DiscoveryError(f"calls {client.meta.service_model.service_name}.{operation} at import")


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    kept = {name: value for name, value in before.items() if not name.startswith(("AGORA_", "AWS_"))}
    os.environ.clear()
    os.environ.update({**kept, **_PROCESS, **values})
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
