"""A stack of the tests' own: the real templates on an engine on a free port, which enforces each function's policy."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.stack import local_stack
from tests.e2e.client import Shop


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The deployed and seeded shop."""
    directory: Path = tmp_path_factory.mktemp("stack")
    with local_stack(directory, enforce_iam=True) as stack:
        yield Shop(stack.description)


@pytest.fixture(scope="session")
def sku(shop: Shop) -> str:
    """A product with plenty of stock."""
    return shop.product(stock=10_000)
