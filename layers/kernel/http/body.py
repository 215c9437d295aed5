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
    entries = error.errors(include_url=False, include_input=False, include_context=False)
    if entries[0]["type"] == "json_invalid":
        return BadRequest(f"the body is not JSON: {entries[0]['msg']}")
    fields = [FieldError(".".join(str(part) for part in entry["loc"]) or "$", entry["msg"]) for entry in entries]
    return ValidationFailed("some fields of the body are not valid", errors=fields[:100])


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
