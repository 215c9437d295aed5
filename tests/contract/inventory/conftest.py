"""One suite, two stores: the fake, and PynamoDB on the table that the template defines."""

import pytest

from inventory.dynamo import MODELS, DynamoReservations, DynamoStockLevels
from kernel import dynamo
from tests.support import tables
from tests.unit.inventory.shop import Shop


@pytest.fixture
def dynamo_shop(mocked_aws: None) -> Shop:
    """An empty shop on PynamoDB."""
    dynamo.bind(tables.create_from_template("inventory"), *MODELS)
    return Shop(levels=DynamoStockLevels(), reservations=DynamoReservations())


@pytest.fixture(params=["fake", "dynamo"])
def shop(request: pytest.FixtureRequest) -> Shop:
    """An empty shop on each store in turn."""
    return Shop() if request.param == "fake" else request.getfixturevalue("dynamo_shop")
