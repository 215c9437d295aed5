"""One suite, two stores: the fake, and PynamoDB on the table that the template defines."""

import pytest

from catalogue.dynamo import MODELS, DynamoProducts
from kernel import dynamo
from tests.support import tables
from tests.unit.catalogue.shelf import Shelf


@pytest.fixture
def dynamo_shelf(mocked_aws: None) -> Shelf:
    """An empty catalogue on PynamoDB."""
    dynamo.bind(tables.create_from_template("catalogue"), *MODELS)
    return Shelf(DynamoProducts())


@pytest.fixture(params=["fake", "dynamo"])
def shelf(request: pytest.FixtureRequest) -> Shelf:
    """An empty catalogue on each store in turn."""
    return Shelf() if request.param == "fake" else request.getfixturevalue("dynamo_shelf")
