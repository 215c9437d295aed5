"""Each port of payments on each of its implementations."""

from collections.abc import Iterator

import pytest

from kernel import dynamo
from payments.dynamo import DynamoPayments, DynamoSandboxRecord, PaymentEventItem, PaymentItem, SandboxItem
from payments.fakes import MemoryPayments, MemorySandboxRecord
from payments.ports import PaymentProvider, Payments
from payments.sandbox import SandboxProvider
from payments.stripe import StripeProvider
from tests.contract.payments.stripe_server import SECRET_KEY, StripeBooks, serving
from tests.support.aws import ENVIRONMENT, create_table, mocked_aws
from tests.support.functions import environment


@pytest.fixture(scope="module")
def tables() -> Iterator[None]:
    """Both tables, once for a module: every test has orders of its own, and making a client is slow."""
    with environment(ENVIRONMENT), mocked_aws():
        create_table("agora-payments")
        create_table("agora-payments-sandbox")
        dynamo.bind("agora-payments", PaymentItem, PaymentEventItem)
        dynamo.bind("agora-payments-sandbox", SandboxItem)
        yield


@pytest.fixture(params=["memory", "dynamodb"])
def payments(request: pytest.FixtureRequest) -> Payments:
    """The stored payments."""
    if request.param == "memory":
        return MemoryPayments()
    request.getfixturevalue("tables")
    return DynamoPayments()


@pytest.fixture
def books() -> StripeBooks:
    """What the Stripe server knows."""
    return StripeBooks()


@pytest.fixture
def stripe_url(books: StripeBooks, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A Stripe server on this machine."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving(books) as url:
        yield url


@pytest.fixture(params=["sandbox in memory", "sandbox in dynamodb", "stripe"])
def provider(request: pytest.FixtureRequest) -> PaymentProvider:
    """Somebody who moves money."""
    if request.param == "sandbox in memory":
        return SandboxProvider(MemorySandboxRecord())
    if request.param == "stripe":
        return StripeProvider(lambda: SECRET_KEY, request.getfixturevalue("stripe_url"))
    request.getfixturevalue("tables")
    return SandboxProvider(DynamoSandboxRecord())
