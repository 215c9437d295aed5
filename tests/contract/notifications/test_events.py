"""What orders really publish, against what notifications understand and what their rule lets through."""

import json
from pathlib import Path

import pytest

from infra.templates import FUNCTION, Template
from kernel.events import Event
from notifications import wording
from notifications.model import CLAIM
from tests.support.functions import ROOT
from tests.unit.notifications.support import Shop

pytestmark = pytest.mark.contract
EXAMPLES = {
    "OrderConfirmed": "order_confirmed",
    "OrderFulfilling": "order_fulfilling",
    "OrderCancelled": "order_cancelled",
}
TEMPLATE = Template(ROOT / "infra" / "notifications.yaml")


def example(name: str) -> Event:
    """The example of an event, which orders' own tests hold equal to what orders emits."""
    path: Path = ROOT / "events" / "orders" / f"{EXAMPLES[name]}.v1.example.json"
    return Event.from_bus({"source": "agora.orders", "detail-type": name, "detail": json.loads(path.read_text())})


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_published_event_becomes_a_message_to_its_customer(name: str) -> None:
    event = example(name)
    shop = Shop()
    shop.handle(event, event)
    (message,) = shop.mailer.taken
    assert message.to == event.data["email"]
    assert event.aggregate_id in message.text
    assert "None" not in message.text


def test_the_story_of_one_order_is_told_in_order() -> None:
    shop = Shop()
    shop.handle(example("OrderConfirmed"), example("OrderFulfilling"), example("OrderCancelled"))
    assert shop.subjects() == ["Your order is confirmed", "Your order is on its way", "Your order was cancelled"]


def test_the_rule_lets_through_what_there_are_words_for() -> None:
    rule = TEMPLATE.of_type("AWS::Events::Rule")["OrderUpdatesRule"]
    assert rule["EventPattern"]["source"] == ["agora.orders"]
    assert set(rule["EventPattern"]["detail-type"]) == set(wording.EVENTS) == set(EXAMPLES)


def test_a_claim_outlives_its_function_and_ends_before_the_queue_delivers_again() -> None:
    function = TEMPLATE.of_type(FUNCTION)["OnOrderUpdateFunction"]
    queue = TEMPLATE.of_type("AWS::SQS::Queue")["OrderUpdates"]
    assert function["Timeout"] < CLAIM.total_seconds() < queue["VisibilityTimeout"]
