"""Stand-ins for the saga's tasks, to test the state machine's routing alone; the handlers have tests of their own."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from infra.asl.machine import Machine
from tests.support.saga_bridge import Bridge, Handler
from tests.support.saga_machine import Definition, Executions, Run, executing_aws, order_saga, substituted

ORDER_ID = "ord_01JD7Z8Q0R9V4M2T6X8Y0A1B2C"
CORRELATION = {"correlation_id": "req-1", "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
INPUT = {"order_id": ORDER_ID, **CORRELATION, "mode": "fulfil"}
TOTAL = {"amount": 2598, "currency": "GBP"}
PAYMENT_ID = "pay_01JD7Z8Q0R9V4M2T6X8Y0A1B2C"

ANSWERS: Mapping[str, Mapping[str, Any]] = {
    "PriceOrder": {
        "outcome": "priced",
        "total": TOTAL,
        "demand": {"MUG-1": 2},
        "payment_method": "pm_card_visa",
        "customer_id": None,
        "shipping": {"method": "standard", "country": "GB", "weight_grams": 700},
    },
    "ReserveStock": {"outcome": "reserved", "expires_at": "2026-11-21T10:00:00.000Z"},
    "AwaitPayment": {"outcome": "waiting"},
    "AuthorisePayment": {"outcome": "authorised", "payment_id": PAYMENT_ID},
    "CommitReservation": {"outcome": "committed"},
    "ConfirmOrder": {"outcome": "confirmed"},
    "CapturePayment": {"outcome": "captured", "payment_id": PAYMENT_ID},
    "CreateShipment": {"outcome": "created", "shipment_id": "shp_1", "tracking": "TRACK-1"},
    "FulfilOrder": {"outcome": "fulfilling"},
    "CancelShipment": {"outcome": "cancelled"},
    "ReversePayment": {"outcome": "voided", "payment_id": PAYMENT_ID},
    "ReleaseReservation": {"outcome": "released"},
    "CancelOrder": {"outcome": "cancelled"},
    "ParkOrder": {"outcome": "parked"},
}
"""What every task answers when nothing is wrong, by the state that calls it."""


@dataclass
class StubbedSaga:
    """The shipped state machine with tasks that answer what a test says. Functions bear their states' names."""

    machine: Machine
    bridge: Bridge
    waits: list[float]
    executions: Executions = field(init=False)
    runs: int = 0

    def __post_init__(self) -> None:
        self.bridge.handlers = {state: _answering(ANSWERS[state]) for state in self.machine.tasks}
        self.deploy(self.definition())

    def definition(self) -> Definition:
        """The shipped definition, calling the stand-ins."""
        functions = {str(task["Parameters"]["FunctionName"])[2:-1]: name for name, task in self.machine.tasks.items()}
        return substituted(self.machine, functions)

    def deploy(self, definition: Definition) -> None:
        """Use this definition from now on."""
        self.runs += 1
        self.executions = Executions(definition, f"saga-{self.runs}")

    def answer(self, **answers: Mapping[str, Any]) -> None:
        """Let tasks answer something else: fields that differ from the usual answer."""
        for state, changes in answers.items():
            self.bridge.handlers[state] = _answering({**ANSWERS[state], **changes})

    def pay_later(self) -> None:
        """No payment method with the order; one arrives as soon as the saga waits for it."""
        self.answer(PriceOrder={"payment_method": None})

        def pay(payload: Mapping[str, Any], context: object) -> Mapping[str, Any]:
            self.executions.succeed_task(payload["task_token"], {"payment_method": "pm_card_visa"})
            return ANSWERS["AwaitPayment"]

        self.bridge.handlers["AwaitPayment"] = pay

    def run(self, **changes: Any) -> Run:
        """One whole execution."""
        self.runs += 1
        return self.executions.run(f"run-{self.runs}", {**INPUT, **changes})


def _answering(answer: Mapping[str, Any]) -> Handler:
    return lambda *_: dict(answer)


@contextmanager
def stubbed_saga() -> Iterator[StubbedSaga]:
    """The shipped state machine in a mocked AWS."""
    with executing_aws() as waits, Bridge().installed() as bridge:
        yield StubbedSaga(order_saga(), bridge, waits)
