"""Orders on a mocked AWS: one account a module, because clients are dear to make, and an empty table for every test."""

from collections.abc import Iterator

import pytest

from tests.contract.orders.world import World, orders_world


@pytest.fixture(scope="module")
def deployed() -> Iterator[World]:
    with orders_world() as made:
        yield made


@pytest.fixture
def world(deployed: World) -> World:
    deployed.reset()
    return deployed
