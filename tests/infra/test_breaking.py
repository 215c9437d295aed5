"""The check for breaking changes: what breaks a client is found, and what does not is let through."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from infra.api import breaking, released
from infra.templates import ROOT

pytestmark = pytest.mark.infra

Document = dict[str, Any]
Change = Callable[[Document], Any]
OLD: Document = {
    "paths": {
        "/mugs": {
            "post": {
                "security": [{"ApiKey": []}],
                "parameters": [
                    {"name": "size", "in": "query", "schema": {"type": "string", "enum": ["small", "large"]}},
                    {"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "maximum": 200}},
                ],
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/New"}}}},
                "responses": {
                    "201": {
                        "headers": {"ETag": {}},
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Mug"}}},
                    },
                    "409": {},
                },
            },
        }
    },
    "components": {
        "schemas": {
            "New": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "name": {"type": "string", "maxLength": 50},
                    "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                },
                "required": ["name"],
            },
            "Mug": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "state": {"type": "string", "enum": ["whole", "broken"]},
                    "status": {"type": "string", "enum": ["new"]},
                    "parts": {"type": "array", "items": {"$ref": "#/components/schemas/Mug"}},
                    "owner": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                },
                "required": ["name", "state"],
            },
        }
    },
}


def _post(document: Document) -> Document:
    operation: Document = document["paths"]["/mugs"]["post"]
    return operation


def _new(document: Document) -> Document:
    schema: Document = document["components"]["schemas"]["New"]
    return schema


def _mug(document: Document) -> Document:
    schema: Document = document["components"]["schemas"]["Mug"]
    return schema


BREAKING: dict[str, Change] = {
    "POST /mugs: removed": lambda new: new["paths"]["/mugs"].pop("post"),
    "POST /mugs: ApiKey: no longer enough": lambda new: _post(new).update(security=[{"ApiKey": [], "Token": []}]),
    "POST /mugs: query size: removed": lambda new: _post(new)["parameters"].pop(0),
    "POST /mugs: query size: now required": lambda new: _post(new)["parameters"][0].update(required=True),
    "POST /mugs: query size: the values became 'small'": lambda new: _post(new)["parameters"][0]["schema"].update(
        enum=["small"]
    ),
    "POST /mugs: query limit: maximum 200 became 100": lambda new: _post(new)["parameters"][1]["schema"].update(
        maximum=100
    ),
    "POST /mugs: query limit: minimum 1 became 2": lambda new: _post(new)["parameters"][1]["schema"].update(minimum=2),
    "POST /mugs: body: now required": lambda new: _post(new)["requestBody"].update(required=True),
    "POST /mugs: body: application/json: removed": lambda new: _post(new)["requestBody"].update(content={}),
    "POST /mugs: body.note: now required": lambda new: _new(new).update(required=["name", "note"]),
    "POST /mugs: body.note: removed": lambda new: _new(new)["properties"].pop("note"),
    "POST /mugs: body.note: null became string": lambda new: _new(new)["properties"].update(note={"type": "string"}),
    "POST /mugs: body.name: string became integer": lambda new: _new(new)["properties"]["name"].update(type="integer"),
    "POST /mugs: body.name: pattern None became ^x$": lambda new: _new(new)["properties"]["name"].update(pattern="^x$"),
    "POST /mugs: 201: removed": lambda new: _post(new)["responses"].pop("201"),
    "POST /mugs: 201: header ETag: removed": lambda new: _post(new)["responses"]["201"].update(headers={}),
    "POST /mugs: 201.owner: removed": lambda new: _mug(new)["properties"].pop("owner"),
    "POST /mugs: 201.state: no longer always there": lambda new: _mug(new).update(required=["name"]),
    "POST /mugs: 201.state: the values became 'broken', 'lost', 'whole'": lambda new: _mug(new)["properties"][
        "state"
    ].update(enum=["whole", "broken", "lost"]),
    "POST /mugs: 201.name: string became null": lambda new: _mug(new)["properties"].update(
        name={"anyOf": [{"type": "string"}, {"type": "null"}]}
    ),
}

HARMLESS: dict[str, Change] = {
    "a new path": lambda new: new["paths"].update({"/cups": {}}),
    "a new optional parameter": lambda new: _post(new)["parameters"].append(
        {"name": "colour", "in": "query", "schema": {"type": "string"}}
    ),
    "a new optional field of a body": lambda new: _new(new)["properties"].update(colour={"type": "string"}),
    "a new field of an answer": lambda new: _mug(new)["properties"].update(colour={"type": "string"}),
    "a field that is always there now": lambda new: _mug(new).update(required=["name", "state", "owner"]),
    "a field that is never null now": lambda new: _mug(new)["properties"].update(owner={"type": "string"}),
    "a longer name": lambda new: _new(new)["properties"]["name"].update(maxLength=100),
    "another value to send": lambda new: _post(new)["parameters"][0]["schema"].update(enum=["small", "large", "tiny"]),
    "one value less to read": lambda new: _mug(new)["properties"]["state"].update(enum=["whole"]),
    "another status": lambda new: _mug(new)["properties"]["status"].update(enum=["new", "old"]),
    "no key needed": lambda new: _post(new).update(security=[]),
    "another problem": lambda new: _post(new)["responses"].update({"410": {}}),
    "one problem less": lambda new: _post(new)["responses"].pop("409"),
    "a schema by another name": lambda new: (
        new["components"]["schemas"].update(Made=_new(new)),
        _post(new)["requestBody"]["content"].update(
            {"application/json": {"schema": {"$ref": "#/components/schemas/Made"}}}
        ),
    ),
}


def _changed(change: Change) -> Document:
    new = copy.deepcopy(OLD)
    change(new)
    return new


@pytest.mark.parametrize("told", BREAKING)
def test_a_break_is_found(told: str) -> None:
    assert breaking.breaks(OLD, _changed(BREAKING[told])) == [told]


@pytest.mark.parametrize("what", HARMLESS)
def test_what_breaks_nobody_is_let_through(what: str) -> None:
    assert breaking.breaks(OLD, _changed(HARMLESS[what])) == []


def test_the_released_document_breaks_nothing_of_itself() -> None:
    document = json.loads(released.BASELINE.read_text(encoding="utf-8"))
    assert document["paths"]
    assert breaking.breaks(document, document) == []


def test_a_break_needs_a_reason(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line = "POST /mugs: 201.owner: removed"
    baseline, current, accepted = (tmp_path / name for name in ("released.json", "openapi.json", "accepted.json"))
    baseline.write_text(json.dumps(OLD))
    current.write_text(json.dumps(_changed(BREAKING[line])))
    for name, path in (("BASELINE", baseline), ("CURRENT", current), ("ACCEPTED", accepted)):
        monkeypatch.setattr(released, name, path)
    accepted.write_text("{}")
    assert released.check() == 1
    assert line in capsys.readouterr().err
    accepted.write_text(json.dumps({line: "Nobody's mug has an owner: it was never filled in."}))
    assert released.check() == 0
    current.write_text(json.dumps(OLD))
    assert released.check() == 1
    assert "is no break" in capsys.readouterr().err
    accepted.write_text(json.dumps({line: "  "}))
    current.write_text(json.dumps(_changed(BREAKING[line])))
    assert released.check() == 1


def test_a_release_moves_the_baseline(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    baseline, current, accepted = (tmp_path / name for name in ("released.json", "openapi.json", "accepted.json"))
    current.write_text(json.dumps(OLD))
    for name, path in (("BASELINE", baseline), ("CURRENT", current), ("ACCEPTED", accepted)):
        monkeypatch.setattr(released, name, path)
    assert released.release() == 0
    assert json.loads(baseline.read_text()) == OLD
    assert json.loads(accepted.read_text()) == {}
    assert released.check() == 0


def test_documents_of_the_project_are_where_the_check_looks() -> None:
    assert {released.BASELINE, released.CURRENT, released.ACCEPTED} <= set((ROOT / "docs").glob("*.json"))
