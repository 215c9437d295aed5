"""No request, however odd, gets a 5xx or an answer that docs/openapi.json does not announce; `make fuzz` looks more."""

import pytest

from infra.fuzz import __main__ as fuzzing
from tests.e2e.client import Shop

pytestmark = pytest.mark.e2e


def test_a_short_run_finds_nothing(shop: Shop, capfd: pytest.CaptureFixture[str]) -> None:
    found = fuzzing.fuzz(shop.stack, seconds=30, examples=5, seed=1)
    output = capfd.readouterr()
    assert found == 0, output.out[-20_000:] + output.err[-2_000:]
    assert "Test cases:" in output.out
