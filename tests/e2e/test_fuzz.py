"""No request, however odd, gets a 5xx or an answer that docs/openapi.json does not announce; `make fuzz` looks more."""

from pathlib import Path

import pytest

from infra.fuzz import __main__ as fuzzing
from infra.local.stack import local_stack

pytestmark = pytest.mark.e2e


def test_a_short_run_finds_nothing(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """On a stack of its own: it uses up what failed logins and mails a network address gets."""
    with local_stack(tmp_path, enforce_iam=True) as stack:
        found = fuzzing.fuzz(stack.description, seconds=30, examples=5, seed=1)
    output = capfd.readouterr()
    assert found == 0, output.out[-20_000:] + output.err[-2_000:]
    assert "Test cases:" in output.out
