"""What identity's plain reads answer, without pydantic: they should not pay its import."""

from typing import TypedDict


class TokenView(TypedDict):
    """Whom an access token speaks for. `issued_at` and `expires_at` are seconds since 1970, as in the token."""

    user_id: str
    email: str
    roles: list[str]
    scopes: list[str]
    session_id: str
    issued_at: int
    expires_at: int


class KeySet(TypedDict):
    """A JSON Web Key Set (RFC 7517): the public halves of the keys that sign access tokens."""

    keys: list[dict[str, str]]
