"""Orders on a mocked AWS, new for every test."""

from collections.abc import Iterator

import pytest

from tests.contract.orders.world import World, orders_world


@pytest.fixture
def world() -> Iterator[World]:
    with orders_world() as made:
        yield made
