"""A short load run on a stack of its own: shoppers compete, and all books agree afterwards; `make load` does more."""

from pathlib import Path

import pytest

from bench.load.__main__ import run
from bench.load.report import Step
from infra.local.stack import local_stack

pytestmark = pytest.mark.e2e


def test_books_agree_after_a_few_seconds_of_load(tmp_path: Path) -> None:
    with local_stack(tmp_path) as stack:
        found = run(stack.description, stack.pid, [Step(2, 3), Step(6, 5)])
    assert found["failed"] == {}
    assert found["orders"] > 0
    assert sum(found["ended"].values()) == found["orders"]
    assert set(found["ended"]) <= {"FULFILLING", "CANCELLED"}
