"""Payloads for `sam local invoke`: `python -m tests.contract.orders.samples` writes events/samples/orders."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kernel import outbox
from kernel.events import Event
from orders.application.saga_input import compensation
from orders.dynamo import OrderEventItem
from tests.contract.orders import examples
from tests.contract.orders.world import BODY, as_delivered
from tests.support.functions import ROOT
from tests.support.lambda_events import CUSTOMER, api_event, sqs_event

DIRECTORY = ROOT / "events" / "samples" / "orders"
ORDER = examples.placed_order()
PATH = {"order_id": ORDER.order_id}
SENT = {"Content-Type": "application/json", "Idempotency-Key": "3f1c8a52-6a0e-4d0c-9a38-8e4b7a0f5d11"}
CAUSE = {name: value for name, value in compensation(ORDER).items() if name != "mode"}
AUTHORISED = {"outcome": "authorised", "payment_id": examples.PAYMENT_ID}
CAPTURED = {"outcome": "captured", "payment_id": examples.PAYMENT_ID}
SHIPMENT = {"outcome": "created", "shipment_id": "shp_01JD7Z8Q0R9V4M2T6X8Y0A1B2C", "tracking": "SBX0123456789"}
WHY = {"reason": "capture_failed", "detail": "the authorised payment could not be captured"}


def samples() -> dict[str, Mapping[str, Any]]:
    """Function folder to what it is invoked with."""
    order, history = "/orders/{order_id}", "/orders/{order_id}/events"
    paid = {"payment_method": "pm_card_visa"}
    return {
        "place_order": api_event("/orders", "POST", body=BODY, headers=SENT, authorizer=CUSTOMER),
        "get_order": api_event(order, path=PATH, authorizer=CUSTOMER),
        "list_orders": api_event("/orders", query={"limit": "10"}, authorizer=CUSTOMER),
        "list_order_events": api_event(history, path=PATH, authorizer=CUSTOMER),
        "pay_order": api_event(f"{order}/pay", "POST", path=PATH, body=paid, headers=SENT, authorizer=CUSTOMER),
        "on_user_deleted": sqs_event(_user_deleted()),
        "sweep_erasures": {},
        "relay_outbox": {"Records": [_stream_record()]},
        "sweep_orders": {"Records": [{"messageId": "m0", "body": "{}", "eventSource": "aws:sqs"}]},
        "task_price_order": CAUSE,
        "task_await_payment": {**CAUSE, "task_token": "AQCEAAAAKgAAAAMAAAAA"},
        "task_confirm_order": {**CAUSE, "payment": AUTHORISED},
        "task_fulfil_order": {**CAUSE, "payment": CAPTURED, "shipment": SHIPMENT},
        "task_cancel_order": {**CAUSE, **WHY, "payment": {"outcome": "voided", "payment_id": examples.PAYMENT_ID}},
        "task_park_order": {
            **CAUSE,
            "cancellation": {**WHY, "payment": {"result": {"outcome": "none"}}},
            "parked": {"reverse_payment": {"Error": "TransientError", "Cause": "the provider does not answer"}},
        },
        "task_redrive_order": PATH,
        "task_rebuild_projection": PATH,
    }


def _user_deleted() -> Event:
    """As identity tells it, of the customer of the other samples."""
    example = json.loads((ROOT / "events" / "identity" / "user_deleted.v1.example.json").read_text())
    customer = str(CUSTOMER["user_id"])
    detail = {**example, "aggregate_id": customer, "data": {"user_id": customer}}
    return Event.from_bus({"source": "agora.identity", "detail-type": "UserDeleted", "detail": detail})


def _stream_record() -> dict[str, Any]:
    event = examples.examples()["order_confirmed"]
    image = as_delivered(OrderEventItem(**outbox.fields(event, ORDER.order_id)).serialize())
    keys = {name: image[name] for name in ("pk", "sk")}
    return {
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "dynamodb": {"Keys": keys, "NewImage": image, "SequenceNumber": "100", "StreamViewType": "NEW_IMAGE"},
    }


def text_of(sample: Mapping[str, Any]) -> str:
    """The file's content."""
    return json.dumps(sample, indent=2) + "\n"


def path_of(function: str) -> Path:
    """The sample's file."""
    return DIRECTORY / f"{function}.json"


if __name__ == "__main__":
    DIRECTORY.mkdir(parents=True, exist_ok=True)
    for function, sample in samples().items():
        path_of(function).write_text(text_of(sample))
