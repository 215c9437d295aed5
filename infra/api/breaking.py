"""Whether a new version of the clients' document breaks a client that was written for the old one.

What a client sends must still be taken, and what it reads must still be there: so what is narrowed is a break in a
request, and what is widened is one in an answer. Problems are left out: a client has to live with any of them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

Document = dict[str, Any]
Side = Literal["request", "answer"]

# Of these fields a client must expect new values (docs/versioning.md).
_OPEN_ENDED = (".status", ".reason")
METHODS = ("get", "post", "put", "patch", "delete")
# Keyword → whether a larger value takes less.
_BOUNDS = {
    "minimum": True,
    "exclusiveMinimum": True,
    "minLength": True,
    "minItems": True,
    "maximum": False,
    "exclusiveMaximum": False,
    "maxLength": False,
    "maxItems": False,
}


def breaks(old: Document, new: Document) -> list[str]:
    """Every break, each as one line that says where and what; empty when old clients go on working."""
    return sorted(set(_Comparison(old, new).run()))


@dataclass
class _Comparison:
    old: Document
    new: Document
    _entered: set[tuple[Side, str, str]] = field(default_factory=set)

    def run(self) -> Iterator[str]:
        for path, item in self.old["paths"].items():
            for method in METHODS:
                if method in item:
                    name = f"{method.upper()} {path}"
                    now = self.new["paths"].get(path, {}).get(method)
                    yield from self._operation(name, item[method], now) if now else [f"{name}: removed"]

    def _operation(self, name: str, old: Document, new: Document) -> Iterator[str]:
        yield from self._security(name, old, new)
        yield from self._parameters(name, old, new)
        yield from self._body(name, old.get("requestBody") or {}, new.get("requestBody") or {})
        for status, answer in old["responses"].items():
            if status.startswith("2"):
                now = new["responses"].get(status)
                where = f"{name}: {status}"
                yield from self._answer(where, answer, now) if now else [f"{where}: removed"]

    def _security(self, name: str, old: Document, new: Document) -> Iterator[str]:
        """Whoever was let in still is: for each way in there is one that asks for no more."""
        ways = [set(way) for way in new.get("security") or [{}]]
        for way in old.get("security") or [{}]:
            if not any(now <= set(way) for now in ways):
                yield f"{name}: {' and '.join(sorted(way)) or 'no credentials'}: no longer enough"

    def _parameters(self, name: str, old: Document, new: Document) -> Iterator[str]:
        before = {(each["in"], each["name"]): each for each in old.get("parameters") or []}
        now = {(each["in"], each["name"]): each for each in new.get("parameters") or []}
        for key, parameter in before.items():
            where = f"{name}: {key[0]} {key[1]}"
            if key in now:
                yield from self._schema(where, parameter["schema"], now[key]["schema"], "request")
            else:
                yield f"{where}: removed"
        for key, parameter in now.items():
            if parameter.get("required") and not before.get(key, {}).get("required"):
                yield f"{name}: {key[0]} {key[1]}: now required"

    def _body(self, name: str, old: Document, new: Document) -> Iterator[str]:
        if new.get("required") and not old.get("required"):
            yield f"{name}: body: now required"
        yield from self._content(f"{name}: body", old, new, "request")

    def _answer(self, where: str, old: Document, new: Document) -> Iterator[str]:
        for header in (old.get("headers") or {}).keys() - (new.get("headers") or {}).keys():
            yield f"{where}: header {header}: removed"
        yield from self._content(where, old, new, "answer")

    def _content(self, where: str, old: Document, new: Document, side: Side) -> Iterator[str]:
        for kind, media in (old.get("content") or {}).items():
            now = (new.get("content") or {}).get(kind)
            if now is None:
                yield f"{where}: {kind}: removed"
            else:
                yield from self._schema(where, media.get("schema") or {}, now.get("schema") or {}, side)

    def _schema(self, where: str, old: Document, new: Document, side: Side) -> Iterator[str]:
        references = (side, str(old.get("$ref", "")), str(new.get("$ref", "")))
        recursive = bool(references[1] and references[2])
        if recursive and references in self._entered:
            return
        if recursive:
            self._entered.add(references)
        yield from self._resolved(where, _resolve(self.old, old), _resolve(self.new, new), side)
        self._entered.discard(references)

    def _resolved(self, where: str, old: Document, new: Document, side: Side) -> Iterator[str]:
        if "anyOf" in old or "anyOf" in new:
            yield from self._choices(where, old.get("anyOf") or [old], new.get("anyOf") or [new], side)
            return
        yield from _values(where, old, new, side)
        yield from _bounds(where, old, new) if side == "request" else ()
        yield from self._members(where, old, new, side)
        for keyword, step in (("items", "[]"), ("additionalProperties", ".*")):
            if isinstance(old.get(keyword), dict) and isinstance(new.get(keyword), dict):
                yield from self._schema(where + step, old[keyword], new[keyword], side)

    def _choices(self, where: str, old: list[Document], new: list[Document], side: Side) -> Iterator[str]:
        """What was sent fits one of the new choices; what is answered fits one of the old ones."""
        for choice in old if side == "request" else new:
            pairs = [(choice, now) for now in new] if side == "request" else [(before, choice) for before in old]
            found = [list(self._schema(where, *pair, side)) for pair in pairs]
            if all(found):
                yield from min(found, key=len)

    def _members(self, where: str, old: Document, new: Document, side: Side) -> Iterator[str]:
        before, now = old.get("properties") or {}, new.get("properties") or {}
        for name, schema in before.items():
            if name in now:
                yield from self._schema(f"{where}.{name}", schema, now[name], side)
            elif side == "answer" or new.get("additionalProperties") is False:
                yield f"{where}.{name}: removed"
        wanted, promised = set(new.get("required") or ()), set(old.get("required") or ())
        if side == "request":
            yield from (f"{where}.{name}: now required" for name in wanted - promised)
        else:
            yield from (f"{where}.{name}: no longer always there" for name in (promised - wanted) & now.keys())


def _resolve(document: Document, schema: Document) -> Document:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema


def _types(schema: Document) -> set[str]:
    told = schema.get("type")
    types = set(told if isinstance(told, list) else [told] if told else [])
    return types | {"integer"} if "number" in types else types


def _values(where: str, old: Document, new: Document, side: Side) -> Iterator[str]:
    """The narrow side holds no type and no value that the wide side has not."""
    narrow, wide = (old, new) if side == "request" else (new, old)
    if _types(wide) and not (_types(narrow) and _types(narrow) <= _types(wide)):
        yield f"{where}: {_told(_types(old))} became {_told(_types(new))}"
    allowed, given = _enumerated(wide), _enumerated(narrow)
    grows = side == "answer" and where.endswith(_OPEN_ENDED) and given is not None
    if allowed is not None and not grows and (given is None or not given <= allowed):
        yield f"{where}: the values became {_told(_enumerated(new) or {'any'})}"
    if old.get("format") != new.get("format"):
        yield f"{where}: format {old.get('format')} became {new.get('format')}"


def _enumerated(schema: Document) -> set[str] | None:
    values = [schema["const"]] if "const" in schema else schema.get("enum")
    return None if values is None else {repr(value) for value in values}


def _told(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "anything"


def _bounds(where: str, old: Document, new: Document) -> Iterator[str]:
    for name, larger_is_less in _BOUNDS.items():
        before, now = old.get(name), new.get(name)
        if now is not None and (before is None or (now > before if larger_is_less else now < before)):
            yield f"{where}: {name} {before} became {now}"
    if "pattern" in new and old.get("pattern") != new["pattern"]:
        yield f"{where}: pattern {old.get('pattern')} became {new['pattern']}"
    if old.get("additionalProperties") is not False and new.get("additionalProperties") is False:
        yield f"{where}: further members are refused"
