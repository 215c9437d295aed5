"""Each port twice: in memory, and on a mocked AWS."""

import json
from collections.abc import Iterator

import pytest

from access.dynamo import MODELS, DynamoApiKeys
from access.fakes import MemoryApiKeys, MemoryGateway
from access.gateway import ApiGateway, UsagePlans
from access.ports import ApiKeys, Gateway
from kernel import aws, dynamo
from tests.support import tables
from tests.support.aws import mocked_aws

PARAMETER = "/agora/access/usage-plans"


def make_usage_plans() -> None:
    """The plans and the parameter that the API's template makes."""
    plans = {}
    for name, quota in (("free", 10_000), ("partner", 1_000_000), ("internal", None)):
        made = aws.client("apigateway").create_usage_plan(name=f"agora-{name}")
        plans[name] = {"id": made["id"], "quota": quota}
    aws.client("ssm").put_parameter(Name=PARAMETER, Value=json.dumps(plans), Type="String")


@pytest.fixture(params=["memory", "dynamo"])
def store(request: pytest.FixtureRequest) -> Iterator[ApiKeys]:
    if request.param == "memory":
        yield MemoryApiKeys()
        return
    with mocked_aws():
        dynamo.bind(tables.create_from_template("access"), *MODELS)
        yield DynamoApiKeys()


@pytest.fixture(params=["memory", "aws"])
def gateway(request: pytest.FixtureRequest) -> Iterator[Gateway]:
    if request.param == "memory":
        yield MemoryGateway()
        return
    with mocked_aws():
        make_usage_plans()
        yield ApiGateway(UsagePlans(PARAMETER))
