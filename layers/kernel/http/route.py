"""The declaration of a route: the one source of the router, infra/api.yaml and docs/openapi.json."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from kernel.errors import Problem
from kernel.http.deprecation import Deprecation

Auth = Literal["none", "optional", "required"]
"""`optional` takes a token where one is sent (a guest sends none); `required` answers 401 without."""

Usage = Literal["open", "standard"]
"""`open` needs no API key; `standard` counts against the key's plan."""

Header = bool | Literal["optional"]
"""Whether the route asks for a header; `optional` takes it where one is sent."""

DEFAULT_MAX_BODY = 256 * 1024


@dataclass(frozen=True, slots=True)
class Throttle:
    """What all callers of a route together may send: requests a second, and how many at once."""

    rate: int
    burst: int


@dataclass(frozen=True, kw_only=True)
class Route:
    """One route as clients see it.

    `body` is a pydantic model, validated from the raw bytes; `query` a dataclass whose fields are `str`, `int` or
    `bool`, optional ones with a default, integers with `metadata={"ge": …, "le": …}`; `status` is the usual success,
    `other_statuses` what a view's `Reply` may say instead, with the same body; `response` any type that pydantic can
    describe (a dataclass or TypedDict for plain reads). `errors` lists the problems beyond those that every route
    of its kind can answer. `scopes` are all needed. `headers` documents response headers: name → description.
    `throttle` is for routes that cost more than others: API Gateway holds all callers together to it, beside each key's
    plan. `deprecated` announces that the route will go. `produces` has the media types where a view returns `Content`.
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    path: str
    summary: str
    response: Any = None
    status: int = 200
    other_statuses: tuple[int, ...] = ()
    body: Any = None
    query: Any = None
    errors: tuple[type[Problem], ...] = ()
    auth: Auth = "required"
    scopes: frozenset[str] = frozenset()
    usage: Usage = "standard"
    throttle: Throttle | None = None
    idempotent: Header = False
    if_match: Header = False
    max_body: int = DEFAULT_MAX_BODY
    headers: Mapping[str, str] = field(default_factory=dict)
    deprecated: Deprecation | None = None
    produces: tuple[str, ...] = ("application/json",)

    @property
    def name(self) -> str:
        """`POST /orders`."""
        return f"{self.method} {self.path}"
