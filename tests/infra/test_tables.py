"""The PynamoDB models describe the tables that the templates create."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

import pytest
from pynamodb.attributes import Attribute
from pynamodb.indexes import Index
from pynamodb.models import Model

from infra.api import discovery
from infra.templates import plain
from kernel import aws
from kernel.outbox import EventItem
from tests.infra import project

pytestmark = pytest.mark.infra

Keys = list[tuple[str, str, str]]


@dataclass(frozen=True)
class Table:
    """A table of a template, and the models that the context's functions bind to it."""

    context: str
    properties: dict[str, Any]

    @property
    def name(self) -> str:
        return plain(self.properties["TableName"]).replace("${Prefix}", "agora")

    @property
    def models(self) -> list[type[Model]]:
        return [model for model in _models(self.context) if model.Meta.table_name == self.name]

    def keys(self, schema: list[dict[str, str]]) -> Keys:
        types = {each["AttributeName"]: each["AttributeType"] for each in self.properties["AttributeDefinitions"]}
        return sorted((key["KeyType"], key["AttributeName"], types[key["AttributeName"]]) for key in schema)


TABLES = [
    Table(template.context, properties)
    for template in project.contexts()
    for properties in template.of_type("AWS::DynamoDB::Table").values()
]
each_table = pytest.mark.parametrize("table", TABLES, ids=[table.name for table in TABLES])


@pytest.fixture(scope="module", autouse=True)
def _bound() -> None:
    """Loading the functions binds the models to the tables that the templates name, whatever bound them before."""
    discovery.endpoints()
    aws.reset()  # the clients were made outside of any mocked AWS


def _models(context: str) -> set[type[Model]]:
    """The models that the context's own modules define; a base without a table has no Meta."""
    found: set[type[Model]] = set()
    for path in sorted((project.LAYERS / context).rglob("*.py")):
        if "pynamodb" in path.read_text(encoding="utf-8"):
            name = ".".join(path.relative_to(project.LAYERS).with_suffix("").parts)
            values = vars(importlib.import_module(name)).values()
            found |= {each for each in values if isinstance(each, type) and issubclass(each, Model)}
    return {model for model in found if "Meta" in vars(model) and model.__module__.startswith(f"{context}.")}


def _keys_of(owner: type) -> Keys:
    attributes = {name: value for kind in reversed(owner.__mro__) for name, value in vars(kind).items()}
    return sorted(
        ("HASH" if each.is_hash_key else "RANGE", each.attr_name, str(each.attr_type))
        for each in attributes.values()
        if isinstance(each, Attribute) and (each.is_hash_key or each.is_range_key)
    )


def _indexes(model: type[Model]) -> list[Index[Any]]:
    return [value for value in vars(model).values() if isinstance(value, Index)]


def test_every_model_is_bound_to_a_table_of_its_context() -> None:
    for context in {table.context for table in TABLES}:
        bound = [model for table in TABLES if table.context == context for model in table.models]
        assert {model.__name__ for model in bound} == {model.__name__ for model in _models(context)}
        assert f"agora-{context}" in {table.name for table in TABLES}


@each_table
def test_table_is_kept_safe(table: Table) -> None:
    assert plain(table.properties["TableName"]).startswith(f"${{Prefix}}-{table.context}")
    assert table.properties["BillingMode"] == "PAY_PER_REQUEST"
    assert table.properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    assert table.properties["SSESpecification"] == {"SSEEnabled": True}


@each_table
def test_models_have_the_tables_keys(table: Table) -> None:
    assert table.models
    for model in table.models:
        assert _keys_of(model) == table.keys(table.properties["KeySchema"]), model.__name__


@each_table
def test_models_and_table_have_the_same_indexes(table: Table) -> None:
    declared = {
        index["IndexName"]: (table.keys(index["KeySchema"]), index["Projection"])
        for index in table.properties.get("GlobalSecondaryIndexes") or []
    }
    used = {
        index.Meta.index_name: (_keys_of(type(index)), _projection(index))
        for model in table.models
        for index in _indexes(model)
    }
    assert used == declared


def _projection(index: Any) -> dict[str, Any]:
    projection = index.Meta.projection
    kind: dict[str, Any] = {"ProjectionType": projection.projection_type}
    attributes = getattr(projection, "non_key_attributes", None)
    return {**kind, "NonKeyAttributes": list(attributes)} if attributes else kind


@each_table
def test_items_with_a_term_are_swept(table: Table) -> None:
    expiring = [model for model in table.models if "expires_at_epoch" in model.get_attributes()]
    swept = {"AttributeName": "expires_at_epoch", "Enabled": True}
    assert table.properties.get("TimeToLiveSpecification") == (swept if expiring else None)


@each_table
def test_outbox_streams_what_the_relay_reads(table: Table) -> None:
    has_outbox = any(issubclass(model, EventItem) for model in table.models)
    assert table.properties.get("StreamSpecification") == ({"StreamViewType": "NEW_IMAGE"} if has_outbox else None)
