"""What functions ask of AWS, as IAM sees it: each call that a handler makes, with the resource that it names."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest import mock

import botocore.client

REGION, ACCOUNT = "eu-west-2", "123456789012"

Permission = tuple[str, str]
"""An action and the ARN of the resource."""

_IN_TRANSACTION = {
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
    "Delete": "dynamodb:DeleteItem",
    "ConditionCheck": "dynamodb:ConditionCheckItem",
}


def arn(service: str, resource: str, account: str = ACCOUNT) -> str:
    """The ARN of a resource of the mocked account."""
    return f"arn:aws:{service}:{REGION}:{account}:{resource}"


def needed(service: str, operation: str, request: Mapping[str, Any]) -> Iterator[Permission]:
    """What a caller of an operation must be allowed."""
    if service == "dynamodb":
        yield from _dynamodb(operation, request)
        return
    action, resource = _OTHERS[service, operation](request)
    yield action, resource


def _dynamodb(operation: str, request: Mapping[str, Any]) -> Iterator[Permission]:
    if operation == "TransactWriteItems":
        for item in request["TransactItems"]:
            for kind, write in item.items():
                yield _IN_TRANSACTION[kind], _table(write["TableName"])
    elif operation in ("BatchGetItem", "BatchWriteItem"):
        for table in request["RequestItems"]:
            yield f"dynamodb:{operation}", _table(table)
    else:
        index = f"/index/{request['IndexName']}" if "IndexName" in request else ""
        yield f"dynamodb:{operation}", _table(request["TableName"]) + index


def _table(name: str) -> str:
    return arn("dynamodb", f"table/{name}")


def _secret(request: Mapping[str, Any]) -> str:
    name = str(request["SecretId"])
    return name if name.startswith("arn:") else arn("secretsmanager", f"secret:{name}-AbCdEf")


def _parameter(request: Mapping[str, Any]) -> str:
    return arn("ssm", f"parameter/{str(request['Name']).lstrip('/')}")


def _bus(request: Mapping[str, Any]) -> str:
    (name,) = {entry["EventBusName"] for entry in request["Entries"]}
    return arn("events", f"event-bus/{name}")


def _api_gateway(method: str, path: str) -> Callable[[Mapping[str, Any]], Permission]:
    """A call of API Gateway's own API, whose actions are methods and whose resources are paths."""
    return lambda request: (f"apigateway:{method}", arn("apigateway", path.format(**request), account=""))


def _sender(request: Mapping[str, Any]) -> str:
    return arn("ses", f"identity/{str(request['FromEmailAddress']).rpartition('@')[2].rstrip('>')}")


# A worker that answers a waiting task names only a token; IAM looks at the state machine that gave it.
_SAGA = arn("states", "stateMachine:agora-order-saga")

_OTHERS: dict[tuple[str, str], Callable[[Mapping[str, Any]], Permission]] = {
    ("lambda", "Invoke"): lambda request: (
        "lambda:InvokeFunction",
        arn("lambda", f"function:{request['FunctionName']}"),
    ),
    ("secretsmanager", "GetSecretValue"): lambda request: ("secretsmanager:GetSecretValue", _secret(request)),
    ("secretsmanager", "PutSecretValue"): lambda request: ("secretsmanager:PutSecretValue", _secret(request)),
    ("ssm", "GetParameter"): lambda request: ("ssm:GetParameter", _parameter(request)),
    ("ssm", "PutParameter"): lambda request: ("ssm:PutParameter", _parameter(request)),
    ("states", "StartExecution"): lambda request: ("states:StartExecution", str(request["stateMachineArn"])),
    ("states", "DescribeExecution"): lambda request: ("states:DescribeExecution", str(request["executionArn"])),
    ("states", "SendTaskSuccess"): lambda request: ("states:SendTaskSuccess", _SAGA),
    ("events", "PutEvents"): lambda request: ("events:PutEvents", _bus(request)),
    ("apigateway", "CreateApiKey"): _api_gateway("POST", "/apikeys"),
    ("apigateway", "GetApiKeys"): _api_gateway("GET", "/apikeys"),
    ("apigateway", "GetApiKey"): _api_gateway("GET", "/apikeys/{apiKey}"),
    ("apigateway", "DeleteApiKey"): _api_gateway("DELETE", "/apikeys/{apiKey}"),
    ("apigateway", "CreateUsagePlanKey"): _api_gateway("POST", "/usageplans/{usagePlanId}/keys"),
    ("apigateway", "GetUsage"): _api_gateway("GET", "/usageplans/{usagePlanId}/usage"),
    ("ses", "SendEmail"): lambda request: ("ses:SendEmail", _sender(request)),
}


@contextmanager
def recorded(running: Callable[[], str]) -> Iterator[dict[str, set[Permission]]]:
    """By function: what each call needs that is made meanwhile. `running` tells whose call it is, if a function's."""
    found: dict[str, set[Permission]] = {}
    base: Any = botocore.client.BaseClient
    real = base._make_api_call
    lock = threading.Lock()

    def noted(client: Any, operation: str, request: Any) -> Any:
        function = running()
        if function:
            permissions = set(needed(client.meta.service_model.signing_name, operation, request))
            with lock:
                found.setdefault(function, set()).update(permissions)
        return real(client, operation, request)

    with mock.patch.object(base, "_make_api_call", noted):
        yield found


def resolved(value: Any, resources: Mapping[str, Any], parameters: Mapping[str, str]) -> str:
    """A policy's resource as an ARN of the mocked account."""
    if isinstance(value, str):
        return value
    if "Fn::GetAtt" in value:
        return _attribute(*value["Fn::GetAtt"], resources=resources, parameters=parameters)
    if "Ref" in value:
        return parameters[value["Ref"]]
    return re.sub(r"\${([^}]+)}", lambda match: _variable(match[1], resources, parameters), str(value["Fn::Sub"]))


def _variable(name: str, resources: Mapping[str, Any], parameters: Mapping[str, str]) -> str:
    pseudo = {"AWS::Partition": "aws", "AWS::Region": REGION, "AWS::AccountId": ACCOUNT}
    if name in pseudo:
        return pseudo[name]
    logical_id, _, attribute = name.partition(".")
    return (
        _attribute(logical_id, attribute, resources=resources, parameters=parameters) if attribute else parameters[name]
    )


def _attribute(logical_id: str, attribute: str, *, resources: Mapping[str, Any], parameters: Mapping[str, str]) -> str:
    kind, properties = resources[logical_id]["Type"], resources[logical_id]["Properties"]

    def name(key: str) -> str:
        return resolved(properties[key], resources, parameters)

    if kind == "AWS::DynamoDB::Table":
        return _table(name("TableName")) + ("/stream/label" if attribute == "StreamArn" else "")
    if kind == "AWS::SQS::Queue":
        return arn("sqs", name("QueueName"))
    if kind == "AWS::SecretsManager::Secret":
        return arn("secretsmanager", f"secret:{name('Name')}-AbCdEf")
    if kind == "AWS::Logs::LogGroup":
        return arn("logs", f"log-group:{name('LogGroupName')}:*")
    raise KeyError(f"{logical_id}.{attribute} of {kind}")
