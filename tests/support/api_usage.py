"""GetUsage, which moto does not know: answers for one client, in the shape that API Gateway documents."""

from collections.abc import Mapping
from typing import Any

from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders

from kernel import aws

_EVENT = "before-call.api-gateway.GetUsage"


def answer_usage(items: Mapping[str, list[list[int]]]) -> None:
    """Answer with these days, `[used, remaining]` by key, a key's days on pages of two; until `kernel.aws` is reset."""
    aws.client("apigateway").meta.events.register(_EVENT, lambda params, **_: _answer(params, items))


def _answer(params: Mapping[str, Any], items: Mapping[str, list[list[int]]]) -> tuple[AWSResponse, dict[str, Any]]:
    wanted = params["query_string"]
    start = int(wanted.get("position", 0))
    days = items.get(wanted["keyId"], [])
    told: dict[str, Any] = {"items": {wanted["keyId"]: days[start : start + 2]} if days else {}}
    if days[start + 2 :]:
        told["position"] = str(start + 2)
    response = AWSResponse(params["url"], 200, HTTPHeaders(), None)
    return response, {**told, "ResponseMetadata": {"HTTPStatusCode": 200}}
