"""Each port twice: in memory, and on a mocked AWS."""

from collections.abc import Iterator

import pytest

from identity import dynamo
from identity.dynamo import requests
from identity.fakes import MemoryAttempts, MemoryKeyStore, MemoryMailRequests, MemoryUsers
from identity.key_store import AwsKeyStore
from identity.ports import Attempts, KeyStore, MailRequests, Users
from kernel import aws
from tests.support.atomic import atomic_requests
from tests.support.aws import create_table, mocked_aws
from tests.unit.identity.support import Clock

IMPLEMENTATIONS = ["memory", "aws"]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=IMPLEMENTATIONS)
def users(request: pytest.FixtureRequest) -> Iterator[Users]:
    if request.param == "memory":
        yield MemoryUsers()
        return
    with mocked_aws(), atomic_requests():
        create_table("agora-identity")
        dynamo.bind("agora-identity")
        yield dynamo.DynamoUsers()


@pytest.fixture
def mail_requests(users: Users) -> MailRequests:
    """Over the same accounts as `users`."""
    if isinstance(users, MemoryUsers):
        return MemoryMailRequests(users)
    requests.bind("agora-identity")
    return requests.DynamoMailRequests()


@pytest.fixture(params=IMPLEMENTATIONS)
def attempts(request: pytest.FixtureRequest, clock: Clock) -> Iterator[Attempts]:
    if request.param == "memory":
        yield MemoryAttempts(clock)
        return
    with mocked_aws(), atomic_requests():
        create_table("agora-identity")
        dynamo.bind("agora-identity")
        yield dynamo.DynamoAttempts(clock)


@pytest.fixture(params=[*IMPLEMENTATIONS, "aws without a parameter"])
def key_store(request: pytest.FixtureRequest) -> Iterator[KeyStore]:
    if request.param == "memory":
        yield MemoryKeyStore()
        return
    with mocked_aws(), atomic_requests():
        aws.client("secretsmanager").create_secret(Name="agora/identity/signing-keys")
        if request.param == "aws":
            aws.client("ssm").put_parameter(Name="/agora/identity/public-keys", Value='{"keys":[]}', Type="String")
        yield AwsKeyStore("agora/identity/signing-keys", "/agora/identity/public-keys")
