"""RFC 9457 problem documents."""

from typing import Any

from kernel.errors import Problem

MEDIA_TYPE = "application/problem+json"
TYPE_BASE = "/docs/problems/"


def type_uri(slug: str, stage: str) -> str:
    """The page that explains a kind of problem, served by the API itself: `/v1/docs/problems/<slug>`."""
    return f"/{stage}{TYPE_BASE}{slug}"


def document(problem: Problem, instance: str, request_id: str, stage: str) -> dict[str, Any]:
    """The body of an error. `instance` is the request's path; `errors` is there for bad fields only."""
    body: dict[str, Any] = {
        "type": type_uri(problem.slug, stage),
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
