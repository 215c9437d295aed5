"""The events that payments really emits, with ids and times held still.

`python -m tests.contract.payments.examples` writes them beside their schemas.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from jsonschema import Draft202012Validator

from kernel.correlation import Correlation
from kernel.events import Event
from kernel.money import Money
from tests.support.functions import ROOT
from tests.unit.payments.support import Shop

DIRECTORY = ROOT / "events" / "payments"
_TAIL = "01JD7Z8Q0R9V4M2T6X8Y0A1B"
_CAUSE = Correlation("11111111-1111-4111-8111-111111111111", "")


def validator(name: str) -> Draft202012Validator:
    """What holds a detail against the schema of one event."""
    schema = json.loads((DIRECTORY / f"{name}.v1.json").read_text())
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)


def emitted() -> dict[str, Mapping[str, Any]]:
    """File name → detail, from orders whose payments go each possible way."""
    shops = [_paid_and_refunded(), _voided(), _declined()]
    events = [event for shop in shops for event in shop.payments.events]
    return {_file(event): _still(index, event).to_detail() for index, event in reversed(list(enumerate(events)))}


def _paid_and_refunded() -> Shop:
    shop = Shop()
    shop.order_id = f"ord_{_TAIL}2C"
    shop.authorise()
    shop.capture()
    shop.refund(250, "return-1")
    return shop


def _voided() -> Shop:
    shop = Shop()
    shop.order_id = f"ord_{_TAIL}2D"
    shop.authorise("pm_card_capture_fails", Money(995, "GBP"))
    shop.reverse()
    return shop


def _declined() -> Shop:
    shop = Shop()
    shop.order_id = f"ord_{_TAIL}2E"
    shop.authorise("pm_card_declined", Money(4200, "EUR"))
    return shop


def _still(index: int, event: Event) -> Event:
    return replace(event, id=f"evt_{_TAIL}{index:02d}").caused_by(_CAUSE)


def _file(event: Event) -> str:
    """`payment_captured` of PaymentCaptured."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in event.name).lstrip("_")


def main() -> None:
    """Write the examples."""
    for name, detail in emitted().items():
        path = DIRECTORY / f"{name}.v1.example.json"
        path.write_text(json.dumps(detail, indent=2) + "\n")


if __name__ == "__main__":
    main()
