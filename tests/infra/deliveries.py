"""What AWS hands to relays and consumers: a table's stream, and the queue behind a rule."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from kernel.events import Event
from kernel.outbox import PREFIX, Relay
from tests.support.lambda_events import sqs_event


def stream_batch(table: str, client: Any, prefix: str = PREFIX) -> dict[str, Any]:
    """The stream batch that the items of a table with such a sort key make: by default the events in its outbox."""
    items = [item for item in client.scan(TableName=table)["Items"] if item["sk"]["S"].startswith(prefix)]
    return {"Records": [_stream_record(number, item) for number, item in enumerate(items)]}


def _stream_record(number: int, item: Mapping[str, Any]) -> dict[str, Any]:
    """Binary values are base64 text in the records that Lambda hands over."""
    binary = {name: {"B": base64.b64encode(value["B"]).decode()} for name, value in item.items() if "B" in value}
    change = {
        "Keys": {"pk": item["pk"], "sk": item["sk"]},
        "NewImage": {**item, **binary},
        "SequenceNumber": f"{number:021}",
        "StreamViewType": "NEW_IMAGE",
    }
    return {
        "eventID": f"{number:032}",
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "eu-west-2",
        "dynamodb": change,
    }


def bus_batch(stream: Mapping[str, Any]) -> dict[str, Any]:
    """The SQS batch that a rule's queue delivers of what the relay publishes of a stream batch."""
    entries = [Relay("agora")._entry(record) for record in stream["Records"]]
    messages = [
        {"source": entry["Source"], "detail-type": entry["DetailType"], "detail": json.loads(entry["Detail"])}
        for entry in entries
        if entry is not None
    ]
    return sqs_event(*(Event.from_bus(message) for message in messages))
