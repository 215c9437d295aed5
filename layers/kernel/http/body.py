"""JSON bodies into pydantic models, from the raw bytes, with every bad field named; and values back into JSON."""

import dataclasses
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kernel.clock import to_rfc3339
from kernel.errors import BadRequest, FieldError, PayloadTooLarge, UnsupportedMediaType, ValidationFailed


def parse(model: Any, raw: bytes, headers: Mapping[str, str], max_body: int) -> Any:
    """Validate `raw` as `model`. Raises 413, 415, 400 (no JSON) or 422 (JSON with fields that are not acceptable)."""
    from pydantic import ValidationError  # noqa: PLC0415 - only routes with a body pay for it

    if len(raw) > max_body:
        raise PayloadTooLarge(f"the body has {len(raw)} bytes; this route takes {max_body}")
    media_type = headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise UnsupportedMediaType(f"send application/json, not {media_type}")
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise _problem(error) from None


def _problem(error: Any) -> BadRequest | ValidationFailed:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    if first["type"] == "json_invalid":
        return BadRequest(f"the body is not JSON: {first['msg']}")
    return ValidationFailed("some fields of the body are not valid", errors=bad_fields(error)[:100])


def bad_fields(error: Any) -> list[FieldError]:
    """The fields that pydantic's `error` is about, each with its reason in plain words."""
    entries = error.errors(include_url=False, include_input=False, include_context=False)
    return [
        FieldError(".".join(map(str, entry["loc"])) or "$", entry["msg"].removeprefix("Value error, "))
        for entry in entries
        if not _follows_from_others(entry, entries)
    ]


def _follows_from_others(entry: Any, entries: Any) -> bool:
    """Of a list, only the good items are counted: one bad line would be told as an empty list besides."""
    loc = entry["loc"]
    return entry["type"] == "too_short" and any(
        len(other["loc"]) > len(loc) and other["loc"][: len(loc)] == loc for other in entries
    )


def to_json(value: Any) -> str:
    """Compact JSON of a pydantic model, dataclass, mapping or list."""
    if hasattr(value, "model_dump_json"):
        return str(value.model_dump_json())
    return json.dumps(value, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return to_rfc3339(value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} has no JSON form")
