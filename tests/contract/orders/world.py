"""Orders on a mocked AWS: its table, its functions as deployed, a catalogue behind Lambda and a state machine."""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from kernel import aws
from tests.support import functions
from tests.support.aws import ENVIRONMENT as AWS_ENVIRONMENT
from tests.support.aws import mocked_aws
from tests.support.lambda_events import CUSTOMER, LambdaContext, api_event
from tests.support.saga_bridge import Bridge
from tests.support.tables import create_from_template

TABLE = "agora-orders"
REGION, ACCOUNT = "eu-west-2", "123456789012"
SAGA_ARN = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:agora-order-saga"
ENVIRONMENT = {
    "AGORA_PREFIX": "agora",
    "AGORA_CONTEXT": "orders",
    "AGORA_TABLE": TABLE,
    "AGORA_EVENT_BUS": "agora-events",
    "AGORA_ORDER_SAGA_ARN": SAGA_ARN,
    "AGORA_PAYMENT_PROVIDER": "sandbox",
    "AGORA_ORDERS_PER_MINUTE": "1000",
    "POWERTOOLS_SERVICE_NAME": "orders",
}
RATES = {
    "currency": "GBP",
    "methods": {
        "standard": {"zones": {"GB": [{"up_to_grams": 2000, "amount": 395}, {"amount": 995}]}},
        "collect": None,
    },
    "zones": {"GB": ["GB"]},
}
ADDRESS = {
    "name": "Ada Lovelace",
    "line1": "12 St James's Square",
    "city": "London",
    "postcode": "SW1Y 4JH",
    "country": "GB",
}
BODY: Mapping[str, Any] = {
    "lines": [{"sku": "MUG", "quantity": 2}],
    "currency": "GBP",
    "shipping_method": "standard",
    "shipping_address": ADDRESS,
    "payment_method": "pm_card_visa",
}


def offer(price: int = 1250, currency: str = "GBP", **fields: Any) -> dict[str, Any]:
    """A product as the catalogue answers it."""
    return {
        "name": "Enamel mug",
        "price": {"amount": price, "currency": currency},
        "tax_rate": "0.2",
        "tax_included": True,
        "discount_rate": "0",
        "weight_grams": 300,
        "stocked": True,
        **fields,
    }


@dataclass
class World:
    """The functions of orders and what they talk to."""

    bridge: Bridge
    offers: dict[str, dict[str, Any]] = field(default_factory=dict)
    body: Mapping[str, Any] = field(default_factory=lambda: BODY)
    _apps: dict[str, Any] = field(default_factory=dict)
    _keys: int = 0

    def reset(self) -> None:
        """An empty table, cold functions, and the usual catalogue."""
        for item in self.items():
            aws.client("dynamodb").delete_item(TableName=TABLE, Key={"pk": item["pk"], "sk": item["sk"]})
        self.offers = {
            "MUG": offer(),
            "LAMP": offer(3333, discount_rate="0.1", tax_included=False, weight_grams=2500),
            "CUP": offer(currency="EUR"),
            "CARD": offer(500, stocked=False, weight_grams=0),
        }
        self.bridge.invocations.clear()
        self._apps.clear()

    def app(self, function: str) -> Any:
        """The warm function of this folder."""
        if function not in self._apps:
            self._apps[function] = functions.load("orders", function).app
        return self._apps[function]

    def task(self, function: str, **payload: Any) -> Any:
        """Invoke a task."""
        return self.app(function)(payload, LambdaContext(function_name=function))

    def call(self, function: str, resource: str, method: str = "GET", **arguments: Any) -> "Answer":
        """Call a route."""
        answer = self.app(function)(api_event(resource, method, **arguments), LambdaContext())
        return Answer(answer["statusCode"], dict(answer["headers"]), json.loads(answer["body"]))

    def place(
        self,
        body: object = BODY,
        *,
        who: Mapping[str, str] | None = CUSTOMER,
        key: str | None = "",
        headers: Mapping[str, str] | None = None,
    ) -> "Answer":
        """POST /orders, with a new key, this key, or (None) no key."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        if key is not None:
            self._keys += 1
            sent["Idempotency-Key"] = key or f"key-{self._keys}"
        return self.call("place_order", "/orders", "POST", body=body, headers=sent, authorizer=who)

    def read(self, order_id: str, who: Mapping[str, str] | None = CUSTOMER, **query: str) -> "Answer":
        """GET /orders/{order_id}."""
        return self.call(
            "get_order", "/orders/{order_id}", path={"order_id": order_id}, query=query or None, authorizer=who
        )

    def pay(
        self, order_id: str, method: str = "pm_card_visa", *, key: str, who: Any = CUSTOMER, **query: str
    ) -> "Answer":
        """POST /orders/{order_id}/pay."""
        return self.call(
            "pay_order",
            "/orders/{order_id}/pay",
            "POST",
            path={"order_id": order_id},
            query=query or None,
            body={"payment_method": method},
            headers={"Content-Type": "application/json", "Idempotency-Key": key},
            authorizer=who,
        )

    def items(self) -> list[dict[str, Any]]:
        """Everything in the table."""
        found: list[dict[str, Any]] = aws.client("dynamodb").scan(TableName=TABLE)["Items"]
        return found


@dataclass(frozen=True)
class Answer:
    """What a route answered."""

    status: int
    headers: Mapping[str, str]
    body: Any


@contextmanager
def orders_world() -> Iterator[World]:
    """Orders with an empty table; MUG and LAMP are sold in pounds, CUP in euros, CARD is not stocked."""
    with functions.environment(AWS_ENVIRONMENT | ENVIRONMENT), mocked_aws(), Bridge().installed() as bridge:
        made = World(bridge)
        bridge.handlers["catalogue-task-read-offers"] = lambda payload, _context: {
            "offers": {sku: made.offers[sku] for sku in payload["skus"] if sku in made.offers}
        }
        _deploy()
        yield made


def _deploy() -> None:
    assert create_from_template("orders") == TABLE
    aws.client("secretsmanager").create_secret(Name="agora/cursor-key", SecretString="k" * 64)
    aws.client("ssm").put_parameter(Name="/agora/shipping/rates", Value=json.dumps(RATES), Type="String")
    machine = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 3600, "End": True}}}
    aws.client("stepfunctions").create_state_machine(
        name="agora-order-saga", definition=json.dumps(machine), roleArn=f"arn:aws:iam::{ACCOUNT}:role/saga"
    )


def relayed(world: World) -> list[dict[str, Any]]:
    """What the outbox relay puts on the bus when the stream brings it everything that the table holds."""
    images = [item for item in world.items() if item["sk"]["S"].startswith("EVENT#")]
    records = [
        {"eventName": "INSERT", "dynamodb": {"NewImage": as_delivered(image), "SequenceNumber": str(number)}}
        for number, image in enumerate(sorted(images, key=lambda each: (each["pk"]["S"], each["sk"]["S"])))
    ]
    entries: list[dict[str, Any]] = []

    def put_events(Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803 - botocore's name
        entries.extend(Entries)
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"} for _ in Entries]}

    with mock.patch.object(aws.client("events"), "put_events", put_events):
        answer = world.app("relay_outbox")({"Records": records}, LambdaContext())
    assert answer == {"batchItemFailures": []}
    return entries


def as_delivered(image: Mapping[str, Any]) -> dict[str, Any]:
    """An image as Lambda receives it: binary values in base64."""
    return {
        name: {"B": base64.b64encode(value["B"]).decode()} if "B" in value else value for name, value in image.items()
    }
