"""Who calls: what the authorizer found in the access token, and which API key came along."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

STAFF_ROLES = frozenset({"staff", "admin"})


@dataclass(frozen=True, slots=True)
class Caller:
    """`user_id` is empty for a guest. Roles and scopes come from the token; `api_key_id` from API Gateway.

    `session_id` names the login that the token came from; `issued_at` and `expires_at` are its seconds since 1970.
    """

    user_id: str = ""
    email: str = ""
    roles: frozenset[str] = frozenset()
    scopes: frozenset[str] = frozenset()
    api_key_id: str = ""
    source_ip: str = ""
    session_id: str = ""
    issued_at: int = 0
    expires_at: int = 0

    @property
    def is_known(self) -> bool:
        """Whether a valid token came with the request."""
        return bool(self.user_id)

    @property
    def is_staff(self) -> bool:
        """Whether the caller works for the shop."""
        return bool(self.roles & STAFF_ROLES)

    @classmethod
    def from_request_context(cls, context: Mapping[str, Any]) -> "Caller":
        """Read API Gateway's `requestContext`; the authorizer gives roles and scopes as space-separated text."""
        claims = context.get("authorizer") or {}
        identity = context.get("identity") or {}
        return cls(
            user_id=str(claims.get("user_id") or ""),
            email=str(claims.get("email") or ""),
            roles=frozenset(str(claims.get("roles") or "").split()),
            scopes=frozenset(str(claims.get("scopes") or "").split()),
            api_key_id=str(identity.get("apiKeyId") or ""),
            source_ip=str(identity.get("sourceIp") or ""),
            session_id=str(claims.get("session_id") or ""),
            issued_at=int(claims.get("issued_at") or 0),
            expires_at=int(claims.get("expires_at") or 0),
        )
