"""From the outbox to the consumers: the bus, its rules and queues from the real templates, in a mocked AWS."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from infra.templates import contexts
from kernel import aws
from kernel.events import Event
from kernel.outbox import EventItem
from tests.support.saga_machine import PREFIX
from tests.support.saga_world import Shop

BUS = f"{PREFIX}-events"
PRODUCERS = ("orders", "payments", "inventory", "shipping")
CONSUMERS = {"notifications": "notifications-on-order-update", "audit": "audit-on-domain-event"}

Image = Mapping[str, Any]


class Delivery:
    """Relays what the tables' outboxes hold, one batch a table, and hands each consumer its queue, one batch each."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        self._relayed: set[tuple[str, str]] = set()
        self._queues = {context: _queue_behind_rules(context) for context in CONSUMERS}
        sender = shop.stack.variables(CONSUMERS["notifications"])["AGORA_SENDER"]
        aws.client("sesv2").create_email_identity(EmailIdentity=sender)
        for name in (*(f"{context}-relay-outbox" for context in PRODUCERS), *CONSUMERS.values()):
            shop.bridge.handlers[name] = shop.stack.handler(name)

    def relay(self, *, but: str = "") -> list[str]:
        """Publish what is new in every outbox, `but` for one event; returns the names of the published events."""
        new = [image for context in PRODUCERS for image in self._new_images(context) if image["name"]["S"] != but]
        self.publish(new)
        return [image["name"]["S"] for image in new if image["published"]["BOOL"]]

    def publish(self, images: Sequence[Image]) -> None:
        """Hand these events to their relays, one after the other."""
        for context in PRODUCERS:
            own = [image for image in images if image["source"]["S"] == f"agora.{context}"]
            if own:
                answer = self._shop.task(f"{context}-relay-outbox", {"Records": _records(own)})
                assert answer == {"batchItemFailures": []}

    def consume(self) -> None:
        """Hand every consumer what the rules put into its queue."""
        for context, function in CONSUMERS.items():
            messages = self._received(context)
            if messages:
                assert self._shop.task(function, {"Records": messages}) == {"batchItemFailures": []}

    def _new_images(self, context: str) -> list[Image]:
        fresh = [item for item in _images(context) if (item["pk"]["S"], item["sk"]["S"]) not in self._relayed]
        self._relayed.update((item["pk"]["S"], item["sk"]["S"]) for item in fresh)
        return sorted(fresh, key=_time)

    def _received(self, context: str) -> list[Mapping[str, Any]]:
        messages: list[Mapping[str, Any]] = []
        while (
            batch := aws.client("sqs")
            .receive_message(QueueUrl=self._queues[context], MaxNumberOfMessages=10, VisibilityTimeout=600)
            .get("Messages")
        ):
            messages += [
                {"messageId": each["MessageId"], "body": each["Body"], "eventSource": "aws:sqs"} for each in batch
            ]
        return messages


def bus_entries(context: str) -> list[dict[str, Any]]:
    """Everything in a context's outbox as its relay puts it on the bus, oldest first."""
    images = [image for image in sorted(_images(context), key=_time) if image["published"]["BOOL"]]
    return [on_the_bus(EventItem.from_raw_data(dict(image)).to_event()) for image in images]


def on_the_bus(event: Event) -> dict[str, Any]:
    """The event as EventBridge hands it to a rule."""
    return {"source": event.source, "detail-type": event.name, "detail": event.to_detail()}


def outbox() -> list[Image]:
    """Every event that is stored in any producer's outbox, oldest first."""
    return sorted((each for context in PRODUCERS for each in _images(context)), key=_time)


def _images(context: str) -> list[Image]:
    found = aws.client("dynamodb").scan(TableName=f"{PREFIX}-{context}")["Items"]
    return [item for item in found if item["sk"]["S"].startswith("EVENT#")]


def _time(image: Image) -> str:
    return str(image["time"]["S"])


def _queue_behind_rules(context: str) -> str:
    """A queue that gets what the context's rules let through; returns its URL."""
    events, sqs = aws.client("events"), aws.client("sqs")
    if BUS not in {bus["Name"] for bus in events.list_event_buses()["EventBuses"]}:
        events.create_event_bus(Name=BUS)
    url = str(sqs.create_queue(QueueName=f"{PREFIX}-{context}")["QueueUrl"])
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    (template,) = (each for each in contexts() if each.context == context)
    for name, properties in template.of_type("AWS::Events::Rule").items():
        events.put_rule(Name=name, EventBusName=BUS, EventPattern=json.dumps(properties["EventPattern"]))
        events.put_targets(Rule=name, EventBusName=BUS, Targets=[{"Id": "queue", "Arn": arn}])
    return url


def _records(images: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The stream records of new items, as DynamoDB sends them: binary values in base64."""
    return [
        {
            "eventID": f"e{number}",
            "eventName": "INSERT",
            "eventSource": "aws:dynamodb",
            "dynamodb": {
                "Keys": {"pk": image["pk"], "sk": image["sk"]},
                "NewImage": {**image, "data": {"B": base64.b64encode(image["data"]["B"]).decode()}},
                "SequenceNumber": str(number),
            },
        }
        for number, image in enumerate(images, 1)
    ]
