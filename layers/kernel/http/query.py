"""Query strings into dataclasses, without pydantic: plain reads should not pay its import."""

import dataclasses
import re
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar, Union

from kernel.errors import FieldError, ValidationFailed

T = TypeVar("T")
_INTEGER = re.compile(r"-?[0-9]{1,17}")
_BOOLEANS = {"true": True, "false": False}


def parse(model: type[T], params: Mapping[str, str]) -> T:
    """An instance of the dataclass `model`. Raises `ValidationFailed` with every unknown, missing or bad parameter."""
    fields = {field.name: field for field in dataclasses.fields(typing.cast(Any, model))}
    hints = typing.get_type_hints(model)
    errors = [FieldError(name, "unknown parameter") for name in params if name not in fields]
    values: dict[str, Any] = {}
    for name, field in fields.items():
        if name in params:
            try:
                values[name] = _converted(params[name], _plain_type(hints[name]), field.metadata)
            except ValueError as error:
                errors.append(FieldError(name, str(error)))
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            errors.append(FieldError(name, "required"))
    if errors:
        raise ValidationFailed("some query parameters are not valid", errors=errors)
    return model(**values)


def _plain_type(hint: Any) -> Any:
    """`str` of `str | None`."""
    if typing.get_origin(hint) in (types.UnionType, Union):
        return next(option for option in typing.get_args(hint) if option is not type(None))
    return hint


def _converted(text: str, kind: Any, limits: Mapping[str, Any]) -> Any:
    if kind is bool:
        if text not in _BOOLEANS:
            raise ValueError("must be true or false")
        return _BOOLEANS[text]
    if kind is int:
        return _integer(text, limits)
    if "choices" in limits and text not in limits["choices"]:
        raise ValueError(f"must be one of {', '.join(limits['choices'])}")
    if len(text) < limits.get("min_length", 0):
        raise ValueError("too short")
    if len(text) > limits.get("max_length", 2048):
        raise ValueError("too long")
    return text


def _integer(text: str, limits: Mapping[str, Any]) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError("must be an integer")
    value = int(text)
    if "ge" in limits and value < limits["ge"]:
        raise ValueError(f"must be at least {limits['ge']}")
    if "le" in limits and value > limits["le"]:
        raise ValueError(f"must be at most {limits['le']}")
    return value
