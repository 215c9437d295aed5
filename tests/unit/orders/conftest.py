"""Orders on its fakes, new for every test."""

import pytest

from tests.unit.orders.support import Orders


@pytest.fixture
def shop() -> Orders:
    return Orders()
