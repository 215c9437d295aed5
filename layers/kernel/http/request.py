"""What a view is given beside its parsed body, query and path parameters, and what it may return."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kernel.errors import BadRequest
from kernel.http.caller import Caller
from kernel.idempotency_key import IdempotencyKey


@dataclass(frozen=True, slots=True)
class Request:
    """One request. Header names are lower case; `raw_body` is what was signed or hashed; `base_url` has the stage."""

    method: str
    path: str
    headers: Mapping[str, str]
    raw_body: bytes
    caller: Caller
    request_id: str
    base_url: str
    idempotency_key: IdempotencyKey | None = None

    @property
    def if_match(self) -> str | None:
        """The `If-Match` header."""
        return self.headers.get("if-match")

    @property
    def if_none_match(self) -> str:
        """The `If-None-Match` header, "" where there is none."""
        return self.headers.get("if-none-match", "")

    def required_idempotency_key(self) -> IdempotencyKey:
        """The key of a route declared `idempotent`, which the app has already asked for."""
        if self.idempotency_key is None:
            raise BadRequest("this route takes an Idempotency-Key")
        return self.idempotency_key


@dataclass(frozen=True, slots=True)
class Content:
    """A body that is not made of a model: text of some media type, sent as it is."""

    text: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer with another status than declared, or with headers. `body`: a view's plain value, or `Content`."""

    body: Any = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
