"""Orders that between them enter every state. Which scenario enters which state is observed, not written down."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.faults.kinds import Before, Fault, Stopped
from tests.saga.test_orders import HOME
from tests.support.saga_world import Shop

SENT: Mapping[str, Any] = {"shipping_method": "standard", "shipping_address": HOME}
BROKEN = Before("never works", "Broken")


@dataclass(frozen=True)
class Scenario:
    """How one order is placed and what becomes of it. `faults`: what is wrong already, by state."""

    name: str
    order: Mapping[str, Any] = field(default_factory=dict)
    faults: Mapping[str, Fault] = field(default_factory=dict)
    prepare: Callable[[Shop], None] = lambda shop: None
    pays: bool = False
    timeouts: Mapping[str, int] = field(default_factory=dict)
    overrides: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def pay_when_asked(shop: Shop) -> None:
    """The customer pays as soon as the saga waits for it, whatever becomes of the task's answer."""

    def paying(call: Callable[[], Any], payload: Mapping[str, Any]) -> Any:
        try:
            return call()
        finally:
            shop.pay(payload["order_id"])

    shop.bridge.around.setdefault("orders-task-await-payment", []).append(paying)


def lose_the_stock(shop: Shop) -> None:
    """The hold runs out before the payment, and somebody else buys everything."""

    def losing(call: Callable[[], Any], payload: Mapping[str, Any]) -> Any:
        time.sleep(1.1)
        shop.buy(("MUG-BLUE", 10))
        return call()

    shop.bridge.around.setdefault("orders-task-await-payment", []).append(losing)


def stop_selling(shop: Shop) -> None:
    """The catalogue offers nothing any more when the saga asks for prices."""
    asked = shop.bridge.handlers["catalogue-task-read-offers"]

    def offers(payload: Any, context: object) -> Any:
        return {"offers": {}} if shop.bridge.calls("orders-task-price-order") else asked(payload, context)

    shop.bridge.handlers["catalogue-task-read-offers"] = offers


SCENARIOS = (
    Scenario("sent", SENT),
    Scenario("paid later", {**SENT, "payment_method": None}, pays=True),
    Scenario("undone", SENT, {"FulfilOrder": BROKEN}),
    Scenario("parked", SENT, {"FulfilOrder": BROKEN, "CancelOrder": BROKEN}),
    Scenario("collected"),
    Scenario("stopped", SENT, {"ReserveStock": Stopped("is stopped")}),
    Scenario("sold no more", prepare=stop_selling),
    Scenario("out of stock", {"lines": [{"sku": "MUG-BLUE", "quantity": 11}]}),
    Scenario("never paid", {"payment_method": None}, timeouts={"AwaitPayment": 1}),
    Scenario("declined", {"payment_method": "pm_card_declined"}),
    Scenario("provider silent", {"payment_method": "pm_card_timeout_before_charge"}),
    Scenario("capture refused", {"payment_method": "pm_card_capture_fails"}),
    Scenario("carrier refuses", {**SENT, "shipping_address": {**HOME, "country": "AQ"}}),
    Scenario("no price", faults={"PriceOrder": BROKEN}),
    Scenario("no stock service", faults={"ReserveStock": BROKEN}),
    Scenario("no payment service", faults={"AuthorisePayment": BROKEN}),
    Scenario("no commitment", faults={"CommitReservation": BROKEN}),
    Scenario(
        "stock lost",
        {"payment_method": None},
        prepare=lose_the_stock,
        pays=True,
        overrides={"inventory": {"AGORA_HOLD_SECONDS": "1"}},
    ),
)
