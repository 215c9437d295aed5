"""Nothing is sold twice, lost or made up, whatever happens in whatever order."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from inventory import reservation
from tests.unit.inventory.machine import StockMachine


@pytest.mark.parametrize("part_size", [97, 2, 1])
def test_the_books_agree_after_any_story(part_size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reservation, "PART_SIZE", part_size)
    suppressed = [HealthCheck.too_slow]
    run_state_machine_as_test(
        StockMachine,
        settings=settings(max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=suppressed),
    )
