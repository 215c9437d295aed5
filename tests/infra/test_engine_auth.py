"""With AUTH=true the engine enforces the functions' IAM policies."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.infra.engine_support import eventually, mini_stack

pytestmark = pytest.mark.e2e


def test_policies_are_enforced_and_what_they_allow_works(tmp_path: Path) -> None:
    """The fixture's role may write rows and read its stream and queue, and may not delete rows."""
    with mini_stack(tmp_path / "stack", enforce_iam=True) as (_, mini):
        answer, failed = mini.invoke("flaky", {"mode": "forbidden"})
        assert failed
        assert "AccessDenied" in answer["errorMessage"]
        mini.put("EVENT#allowed")
        assert eventually(lambda: mini.row("SEEN#allowed"))
        assert mini.http("GET", "/token", headers={"Authorization": "good"}).status_code == 200
        assert mini.run_machine({"mode": "ok"})["status"] == "SUCCEEDED"


def test_without_it_nothing_is_refused(tmp_path: Path) -> None:
    """The default, so that a policy that lacks something is found by tests and not by whoever tries things out."""
    with mini_stack(tmp_path / "stack") as (_, mini):
        assert mini.invoke("flaky", {"mode": "forbidden"})[1] is False
