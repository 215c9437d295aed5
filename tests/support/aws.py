"""A mocked AWS in this process, and tables in it."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from moto import mock_aws

from kernel import aws
from tests.support import moto_transactions

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_DEFAULT_REGION": "eu-west-2",
    "AWS_REGION": "eu-west-2",
    "POWERTOOLS_SERVICE_NAME": "tests",
    "POWERTOOLS_METRICS_NAMESPACE": "Agora",
}


@contextmanager
def mocked_aws() -> Iterator[None]:
    """An empty AWS account in memory; the kernel's clients are made anew for it and dropped after."""
    with mock_aws(), moto_transactions.isolated_and_fast():
        aws.reset()
        try:
            yield
        finally:
            aws.reset()


def create_table(name: str, indexes: Mapping[str, tuple[str, str]] | None = None) -> None:
    """Create a table with keys `pk` and `sk` and a stream. `indexes`: name → (hash attribute, range attribute).

    All index keys are strings and all indexes project everything; the deployed tables' definitions are compared
    with the models by an infrastructure test, not here.
    """
    indexes = indexes or {}
    attributes = {"pk", "sk", *(key for keys in indexes.values() for key in keys)}
    request: dict[str, Any] = {
        "TableName": name,
        "KeySchema": _keys("pk", "sk"),
        "AttributeDefinitions": [{"AttributeName": each, "AttributeType": "S"} for each in sorted(attributes)],
        "BillingMode": "PAY_PER_REQUEST",
        "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    }
    if indexes:
        request["GlobalSecondaryIndexes"] = [
            {"IndexName": index, "KeySchema": _keys(*keys), "Projection": {"ProjectionType": "ALL"}}
            for index, keys in indexes.items()
        ]
    aws.client("dynamodb").create_table(**request)


def _keys(hash_key: str, range_key: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": hash_key, "KeyType": "HASH"},
        {"AttributeName": range_key, "KeyType": "RANGE"},
    ]
