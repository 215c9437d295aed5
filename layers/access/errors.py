"""What can go wrong with API keys."""

from kernel.errors import AgoraError, Conflict, ConflictingWrite, NotFound


class ApiKeyNotFound(NotFound):
    """No API key has this id."""

    slug, title = "api-key-not-found", "No such API key"


class ApiKeyRevoked(Conflict):
    """The key was revoked, or its value is not good any more: nothing brings it back."""

    slug, title = "api-key-revoked", "The API key was revoked"


class RotationUnderWay(Conflict):
    """A value is being made, or the one before the present one is still good."""

    slug, title = "rotation-under-way", "The API key is being rotated"


class KeyUsed(AgoraError):
    """The Idempotency-Key has an answer already."""


class Lost(ConflictingWrite):
    """Another request changed the API key first; nothing was written."""
