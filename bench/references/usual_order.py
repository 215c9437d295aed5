"""Reference for a warm request: POST /orders as the libraries' documentation would have it written.

The same body model, checks, prices, items and saga as ours. Around them what is usual: boto3's Table resource, clients
as boto3 makes them, Powertools' idempotency decorator, its logger's decorator. Our code stores order, event and answer
in one transaction; here they are writes of their own, and the decorator makes two for the answer.
"""

import json
from collections.abc import Mapping
from typing import Any

import boto3
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, IdempotencyConfig, idempotent

from kernel import correlation, outbox
from kernel.clock import utc_now
from kernel.events import Event
from kernel.http.caller import Caller
from kernel.idempotency import IdempotencyKey
from kernel.rpc import LambdaRpc
from orders.api import PlaceOrder
from orders.application import place
from orders.catalogue_rpc import CachedCatalogue, RpcCatalogue
from orders.dynamo import _item
from orders.guest import SignedLinks
from orders.limit import OrderLimit
from orders.model import Order
from orders.ports import Remembered

LOGGER = Logger(service="reference")
TABLE = boto3.resource("dynamodb").Table("agora-orders")
SAGAS = boto3.client("stepfunctions")
STORE = DynamoDBPersistenceLayer(table_name="agora-orders", boto3_client=TABLE.meta.client)
IDEMPOTENCY = IdempotencyConfig(event_key_jmespath='headers."Idempotency-Key"', payload_validation_jmespath="body")


class TableOrders:
    """The part of the repository port that placing needs."""

    def place(self, order: Order, event: Event, _: Remembered, limit: OrderLimit | None = None) -> None:
        """Two puts and an update of the counter. The answer is the decorator's to remember."""
        if limit is not None:
            TABLE.update_item(
                Key={"pk": limit.subject, "sk": f"WINDOW#{limit.ends_at}"},
                UpdateExpression="ADD taken :one SET expires_at_epoch = :end",
                ConditionExpression="attribute_not_exists(taken) OR taken < :most",
                ExpressionAttributeValues={":one": 1, ":end": limit.ends_at, ":most": limit.most},
            )
        unused = "attribute_not_exists(pk)"
        TABLE.put_item(Item=_plain(_item(order).attribute_values), ConditionExpression=unused)
        TABLE.put_item(Item=_plain(outbox.fields(event, order.order_id)), ConditionExpression=unused)


class BotoSagas:
    """The saga port."""

    def start(self, name: str, payload: Mapping[str, Any]) -> None:
        """Start it."""
        SAGAS.start_execution(stateMachineArn=STATE_MACHINE, name=name, input=json.dumps(dict(payload)))


STATE_MACHINE = "arn:aws:states:eu-west-2:123456789012:stateMachine:agora-order-saga"
PLACE: Any = place.PlaceOrder(
    repository=TableOrders(),  # type: ignore[arg-type]
    catalogue=CachedCatalogue(RpcCatalogue(LambdaRpc("agora"))),
    sagas=BotoSagas(),  # type: ignore[arg-type]
    links=SignedLinks(lambda: "only-for-the-bench"),
    clock=utc_now,
    payment_methods=frozenset({"pm_card_visa"}),
    orders_per_minute=60,
)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


@LOGGER.inject_lambda_context(clear_state=True)
@idempotent(config=IDEMPOTENCY, persistence_store=STORE)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001
    """POST /orders."""
    headers = {name.lower(): value for name, value in event["headers"].items()}
    correlation.bind(correlation.from_headers(headers, event["requestContext"]["requestId"]))
    body = PlaceOrder.model_validate_json(event["body"])
    caller = Caller.from_request_context(event["requestContext"])
    key = IdempotencyKey(caller.user_id or "", headers["idempotency-key"], "-")
    answer = PLACE(body.to_wanted(), caller, key, "/v1")
    LOGGER.info("request served", order_id=answer.body["order_id"], status=answer.status)
    return {"statusCode": answer.status, "headers": {}, "body": json.dumps(answer.body)}
