"""RFC 9457 problem documents."""

from typing import Any

from kernel.errors import Problem

MEDIA_TYPE = "application/problem+json"
TYPE_BASE = "/docs/problems/"


def document(problem: Problem, instance: str, request_id: str) -> dict[str, Any]:
    """The body of an error. `instance` is the request's path; `errors` is there for bad fields only."""
    body: dict[str, Any] = {
        "type": f"{TYPE_BASE}{problem.slug}",
        "title": problem.title,
        "status": problem.status,
        "detail": problem.detail,
        "instance": instance,
        "request_id": request_id,
        **problem.extensions,
    }
    if problem.errors:
        body["errors"] = [{"path": error.path, "reason": error.reason} for error in problem.errors]
    return body
