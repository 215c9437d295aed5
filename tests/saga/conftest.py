"""Fixtures of the saga's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.saga_stubs import StubbedSaga, stubbed_saga
from tests.support.saga_world import Shop, shop

_HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if _HERE in item.path.parents:
            item.add_marker(pytest.mark.saga)


@pytest.fixture
def saga() -> Iterator[StubbedSaga]:
    """The shipped state machine on stand-ins for its tasks."""
    with stubbed_saga() as stubbed:
        yield stubbed


@pytest.fixture
def open_shop() -> Iterator[Shop]:
    """A whole shop with the real handlers, and two products of which ten are there."""
    with shop() as opened:
        yield opened
