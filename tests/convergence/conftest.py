"""A shop in which something happened, and the events of it as each consumer's queue holds them."""

from collections.abc import Iterator

import pytest

from tests.convergence.happened import Happened, happened


@pytest.fixture(scope="module")
def story() -> Iterator[Happened]:
    """Made once a module: every test puts the tables back before it feeds them."""
    with happened() as made:
        yield made
