"""What the trail must not know. Masked by field name, at any depth, in events of any schema."""

from collections.abc import Mapping
from typing import Any

HIDDEN = "***"

_PERSONAL = frozenset(
    {"email", "recipient", "phone", "customer_name", "recipient_name", "full_name", "first_name", "last_name", "tax_id"}
)
_ADDRESSES = ("address",)
_KEPT_OF_ADDRESS = frozenset({"country"})


def masked(data: Mapping[str, Any]) -> dict[str, Any]:
    """The same document with names, phones, e-mail and postal addresses hidden: an erasure finds nothing to do here."""
    return {name: _masked_field(name, value) for name, value in data.items()}


def _masked_field(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _PERSONAL:
        return HIDDEN
    if name.endswith(_ADDRESSES):
        return _masked_address(value)
    return _masked_value(value)


def _masked_value(value: Any) -> Any:
    if isinstance(value, Mapping):
        return masked(value)
    if isinstance(value, list):
        return [_masked_value(each) for each in value]
    return value


def _masked_address(value: Any) -> Any:
    """The country says what taxes and rates applied; the rest says where somebody lives."""
    if not isinstance(value, Mapping):
        return HIDDEN
    return {name: part if name in _KEPT_OF_ADDRESS or part is None else HIDDEN for name, part in value.items()}
