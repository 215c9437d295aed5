"""What happened in a shop, for consumers to be told of in any order: events by consumer, and tables to start from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from identity import people, user_events
from identity.dynamo.people import DynamoPeople
from identity.model import User
from infra.templates import Template, contexts
from kernel import aws
from kernel.clock import utc_now
from kernel.correlation import Correlation
from kernel.events import Event
from tests.infra.patterns import matches
from tests.support.accounts import put_account
from tests.support.aws import ENVIRONMENT
from tests.support.functions import environment
from tests.support.lambda_events import CUSTOMER
from tests.support.saga_events import PRODUCERS, bus_entries, on_the_bus
from tests.support.saga_world import HOME, Shop, shop

Item = Mapping[str, Any]
Table = list[Item]


def consumers() -> dict[str, dict[str, Any]]:
    """Functions behind a queue behind a rule of the templates: name without prefix → the rule's pattern."""
    found: dict[str, dict[str, Any]] = {}
    for template in contexts():
        for rule in template.of_type("AWS::Events::Rule").values():
            if "EventPattern" in rule:
                pattern: dict[str, Any] = rule["EventPattern"]
                found.update({name: pattern for name in _behind(template, rule)})  # noqa: C420 - typed as it is
    return found


def _behind(template: Template, rule: Mapping[str, Any]) -> Iterator[str]:
    queues = [target["Arn"]["Fn::GetAtt"][0] for target in rule["Targets"]]
    for function in template.functions:
        for source in (function.properties.get("Events") or {}).values():
            if source["Type"] == "SQS" and source["Properties"]["Queue"]["Fn::GetAtt"][0] in queues:
                yield function.name


@dataclass
class Happened:
    """The shop, and every event that its contexts put on the bus, in the order in which they happened."""

    shop: Shop
    events: list[dict[str, Any]]
    _before: dict[str, Table]

    def for_consumer(self, function: str) -> list[Mapping[str, Any]]:
        """What the rule in front of its queue lets through."""
        pattern = consumers()[function]
        return [each for each in self.events if matches(pattern, each)]

    def told(self, function: str, events: Sequence[Mapping[str, Any]], batch: int = 10) -> Table:
        """The consumer's table after it was told of these events in this order, from where the table was."""
        table = f"agora-{function.partition('-')[0]}"
        write_table(table, self._before[table])
        for start in range(0, len(events), batch):
            records = [
                {"messageId": str(number), "body": json.dumps(each)}
                for number, each in enumerate(events[start : start + batch])
            ]
            assert self.shop.task(function, {"Records": records}) == {"batchItemFailures": []}
        return read_table(table)


@contextmanager
def happened() -> Iterator[Happened]:
    """Orders of a customer and of guests that end well and badly, and two accounts that are deleted."""
    with environment(ENVIRONMENT), shop() as opened:
        for name in consumers():
            opened.bridge.handlers[name] = opened.stack.handler(name)
        users = [replace(_user("ada"), user_id=str(CUSTOMER["user_id"])), _user("bob")]
        deleted = [_deleted(user) for user in users]
        aws.client("sesv2").create_email_identity(EmailIdentity="orders@agora.example")
        aws.client("sesv2").create_email_identity(EmailIdentity="agora.example")
        opened.buy(known=CUSTOMER, shipping_method="standard", shipping_address=HOME)
        for method in ("pm_card_declined", "pm_card_capture_fails"):
            opened.buy(known=CUSTOMER, payment_method=method)
            opened.buy(payment_method=method)
        opened.buy(("MUG-BLUE", 999))
        events = [entry for context in PRODUCERS for entry in bus_entries(context)]
        events += [_on_the_bus(event) for event in deleted]
        tables = ("agora-audit", "agora-identity", "agora-notifications", "agora-orders")
        before = {table: read_table(table) for table in tables}
        yield Happened(opened, sorted(events, key=lambda each: str(each["detail"]["time"])), before)


def _user(name: str) -> User:
    return User.register(f"{name}@example.com", "-", name.capitalize(), utc_now())


def _deleted(user: User) -> Event:
    """An account that had something to erase, and was deleted."""
    put_account(user)
    kept = {"pk": {"S": f"USER#{user.user_id}"}, "sk": {"S": "PREFERENCES"}, "language": {"S": "en-GB"}}
    aws.client("dynamodb").put_item(TableName="agora-identity", Item=kept)
    tombstone = people.tombstone(user, utc_now())
    event = user_events.deleted(tombstone, 2)
    DynamoPeople().bury(user, tombstone, event)
    return event


def _on_the_bus(event: Event) -> dict[str, Any]:
    return on_the_bus(event.caused_by(Correlation("request-1", "")))


def read_table(table: str) -> Table:
    """Every item, by key."""
    found = [item for page in _pages(table) for item in page["Items"]]
    return sorted(found, key=lambda item: (item["pk"]["S"], item["sk"]["S"]))


def write_table(table: str, items: Table) -> None:
    """Exactly these items."""
    client = aws.client("dynamodb")
    for item in read_table(table):
        client.delete_item(TableName=table, Key={"pk": item["pk"], "sk": item["sk"]})
    for item in items:
        client.put_item(TableName=table, Item=item)


def _pages(table: str) -> Iterator[Mapping[str, Any]]:
    return iter(aws.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True))
