"""The error tree.

`AgoraError` is the root. `Problem` and its subclasses are answers to a client (RFC 9457); `TransientError` and
`UnknownOutcome` are technical faults of a task, whose class names the state machines retry and catch by.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar


class AgoraError(Exception):
    """Root of every error that Agora raises on purpose."""


class ConfigurationError(AgoraError):
    """A setting is missing or unusable: a deployment fault, never a caller's."""


class TransientError(AgoraError):
    """Nothing is known to be wrong with the request: the same call may succeed later, and repeating it is safe."""


class UnknownOutcome(AgoraError):
    """A call went out and no answer came back: the effect may or may not have happened. Ask before compensating."""


class ConflictingWrite(AgoraError):
    """A conditional write lost: the stored state is not the one that the writer had read."""


@dataclass(frozen=True, slots=True)
class FieldError:
    """One bad input field. `path` is dotted, e.g. `lines.0.quantity`; `$` is the body itself."""

    path: str
    reason: str


class Problem(AgoraError):
    """An error answered to a client as `application/problem+json`. Subclass it once per kind of problem."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal-error"
    title: ClassVar[str] = "Internal error"

    def __init__(
        self,
        detail: str = "",
        *,
        errors: Sequence[FieldError] = (),
        headers: Mapping[str, str] | None = None,
        **extensions: Any,
    ) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        self.errors = tuple(errors)
        self.headers = dict(headers or {})
        self.extensions = extensions


class BadRequest(Problem):
    """The request cannot be read: broken JSON, a malformed header, a bad cursor."""

    status, slug, title = 400, "bad-request", "Bad request"


class IdempotencyKeyMissing(BadRequest):
    """The route moves something and the `Idempotency-Key` header is absent."""

    slug, title = "idempotency-key-missing", "Idempotency-Key header required"


class Unauthorised(Problem):
    """No valid access token came with a request that needs one."""

    status, slug, title = 401, "unauthorised", "Authentication required"


class Forbidden(Problem):
    """The API key is not valid, or the caller is known and lacks the scope that the route asks for."""

    status, slug, title = 403, "forbidden", "Not allowed"


class NotFound(Problem):
    """The thing does not exist, or is not the caller's to see."""

    status, slug, title = 404, "not-found", "Not found"


class Conflict(Problem):
    """The request contradicts the present state of the resource."""

    status, slug, title = 409, "conflict", "Conflict"


class IdempotencyInProgress(Conflict):
    """The first request with this `Idempotency-Key` has not finished yet."""

    slug, title = "idempotency-in-progress", "The first request with this key is still running"


class PreconditionFailed(Problem):
    """`If-Match` names another version than the stored one."""

    status, slug, title = 412, "precondition-failed", "The resource has changed"


class PayloadTooLarge(Problem):
    """The body is larger than the route takes."""

    status, slug, title = 413, "payload-too-large", "Body too large"


class UnsupportedMediaType(Problem):
    """The body is not JSON."""

    status, slug, title = 415, "unsupported-media-type", "Unsupported media type"


class ValidationFailed(Problem):
    """The body or query was read, and some fields are not acceptable: one entry in `errors` for each."""

    status, slug, title = 422, "validation-failed", "Some fields are not valid"


class IdempotencyKeyReused(Problem):
    """The `Idempotency-Key` was used before with another body."""

    status, slug, title = 422, "idempotency-key-reused", "Idempotency-Key used with another request"


class PreconditionRequired(Problem):
    """An update came without `If-Match`."""

    status, slug, title = 428, "precondition-required", "If-Match header required"


class TooManyRequests(Problem):
    """A limit is exceeded; `Retry-After` says when to come back."""

    status, slug, title = 429, "too-many-requests", "Too many requests"
