"""docs/problems.json: what GET /docs/problems/{slug} says of each kind of problem."""

from __future__ import annotations

from typing import Any

from infra.api import problems
from kernel import errors
from kernel.errors import Problem
from kernel.http import Route

Document = dict[str, Any]

_BY_STATUS = {
    400: "Correct the request; repeating it unchanged will not help.",
    401: "Get an access token from POST /auth/login, or a new one with the refresh token, and send it as "
    "`Authorization: Bearer …`.",
    403: "Do not repeat the request. Check the API key in `x-api-key`; ask whoever runs the shop for the key, role or"
    " scope that `detail` names.",
    404: "Check the path and the id. A thing that belongs to somebody else answers this too.",
    405: "Use one of the methods in the `Allow` header.",
    409: "Read the resource again, decide anew, and repeat the request only if it still makes sense.",
    412: "Read the resource again, apply the change to what it is now, and send its new `ETag` in `If-Match`.",
    413: "Send less: split the request, or leave out what is not needed.",
    415: "Send the body as `application/json`.",
    422: "Show each entry of `errors` beside the field that its `path` names, and send the corrected request.",
    428: "Read the resource, and send its `ETag` in `If-Match`.",
    429: "Wait for the seconds in `Retry-After`, then repeat the request with the same `Idempotency-Key`. Slow down"
    " if it happens often: `X-Usage-Plan` says which plan you count against.",
    500: "Repeat the request once, with the same `Idempotency-Key`. If it fails again, report the `request_id`.",
    503: "Wait for the seconds in `Retry-After`, then repeat the request with the same `Idempotency-Key`: nothing is"
    " done twice.",
    504: "The work may have been done. Repeat the request with the same `Idempotency-Key`, or read the resource.",
}
_BY_SLUG = {
    errors.IdempotencyKeyMissing.slug: "Make a random key (a UUID), send it as `Idempotency-Key`, and keep it for"
    " repetitions of this request.",
    errors.IdempotencyKeyReused.slug: "A new request needs a new key; a repetition needs the same body.",
    errors.IdempotencyInProgress.slug: "Wait a moment and repeat the same request with the same key.",
}


def pages(routes: list[Route]) -> Document:
    """By slug: title, status, meaning, advice, an example, and the routes that can answer it."""
    answered: dict[type[Problem], list[str]] = {kind: [] for kind in problems.BY_THE_GATEWAY}
    for route in routes:
        for kind in problems.possible_problems(route):
            answered.setdefault(kind, []).append(route.name)
    return {
        kind.slug: {
            "title": kind.title,
            "status": kind.status,
            "meaning": problems.summary(kind),
            "advice": _BY_SLUG.get(kind.slug) or _BY_STATUS[kind.status],
            "example": problems.example(kind)["value"],
            "routes": answered[kind],
        }
        for kind in sorted(answered, key=lambda kind: (kind.status, kind.slug))
    }
