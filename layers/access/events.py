"""What is told of API keys. No event says the value."""

from typing import Any

from access.model import ApiKey
from kernel.clock import to_rfc3339
from kernel.events import Event

SOURCE = "agora.access"
API_KEY_CREATED = "ApiKeyCreated"
API_KEY_ROTATED = "ApiKeyRotated"
API_KEY_REVOKED = "ApiKeyRevoked"


def issued(api_key: ApiKey, by: str) -> Event:
    """The key has its first value, or another one."""
    if api_key.previous is None:
        return _event(API_KEY_CREATED, api_key, name=api_key.name, created_by=by)
    ends = to_rfc3339(api_key.previous_ends_at) if api_key.previous_ends_at else None
    return _event(API_KEY_ROTATED, api_key, previous_ends_at=ends, rotated_by=by)


def revoked(api_key: ApiKey, by: str) -> Event:
    """No value of the key is good any more."""
    return _event(API_KEY_REVOKED, api_key, revoked_by=by)


def _event(kind: str, api_key: ApiKey, **data: Any) -> Event:
    told = {"key_id": api_key.key_id, "plan": api_key.plan, **data}
    return Event(SOURCE, kind, api_key.key_id, sequence=api_key.told, time=api_key.updated_at, data=told)
