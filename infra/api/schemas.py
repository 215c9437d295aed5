"""JSON schemas of every model that a route takes or gives, with one set of shared definitions."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal
from unittest import mock

from pydantic import TypeAdapter
from pydantic._internal import _generate_schema
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode

from kernel.http import Route

Schema = dict[str, Any]
Side = Literal["body", "response"]

_MODES: dict[Side, JsonSchemaMode] = {"body": "validation", "response": "serialization"}


class _Generator(GenerateJsonSchema):
    """Without the titles that pydantic makes of field names, which say nothing new."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False


class Schemas:
    """The schemas of all bodies and responses of `routes`. `definitions` goes into the document's components."""

    def __init__(self, routes: list[Route]) -> None:
        models: list[tuple[tuple[str, Side], Any]] = []
        for route in routes:
            models += [((route.name, "body"), route.body)] if route.body is not None else []
            models += [((route.name, "response"), route.response)] if route.response is not None else []
        with _typed_dicts_of_typing():
            inputs = [(key, _MODES[key[1]], TypeAdapter(model)) for key, model in models]
            found, shared = TypeAdapter.json_schemas(
                inputs, ref_template="#/components/schemas/{model}", schema_generator=_Generator
            )
        self._schemas = {key: schema for (key, _), schema in found.items()}
        self.definitions: Schema = shared.get("$defs", {})

    def of(self, route: Route, side: Side) -> Schema | None:
        """The schema of a route's body or response, None where it has none."""
        return self._schemas.get((route.name, side))


@contextmanager
def _typed_dicts_of_typing() -> Iterator[None]:
    """Before Python 3.12 pydantic refuses `typing.TypedDict`, for a subtlety that no model here has."""
    if sys.version_info >= (3, 12):
        yield
        return
    with mock.patch.object(_generate_schema, "_SUPPORTS_TYPEDDICT", True):
        yield
