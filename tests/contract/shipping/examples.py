"""The events that shipping really emits, with ids and times held still.

`python -m tests.contract.shipping.examples` writes them, and the rate table, beside their schemas.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from kernel.correlation import Correlation
from kernel.events import Event
from tests.support.functions import ROOT
from tests.unit.shipping.support import Shop

DIRECTORY = ROOT / "events" / "shipping"
RATES = ROOT / "layers" / "shipping" / "rates.json"
_TAIL = "01JD7Z8Q0R9V4M2T6X8Y0A1B"
_CAUSE = Correlation("11111111-1111-4111-8111-111111111111", "")


def emitted() -> dict[str, Mapping[str, Any]]:
    """File name → detail, from an order whose parcel is taken back."""
    shop = Shop()
    shop.order_id = f"ord_{_TAIL}2C"
    shop.create()
    shop.cancel()
    return {_file(event): _still(index, event).to_detail() for index, event in enumerate(shop.shipments.events)}


def _still(index: int, event: Event) -> Event:
    return replace(event, id=f"evt_{_TAIL}{index:02d}").caused_by(_CAUSE)


def _file(event: Event) -> str:
    """`shipment_created` of ShipmentCreated."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in event.name).lstrip("_")


def main() -> None:
    """Write the examples."""
    for name, detail in emitted().items():
        (DIRECTORY / f"{name}.v1.example.json").write_text(json.dumps(detail, indent=2) + "\n")
    (DIRECTORY / "rates.v1.example.json").write_text(RATES.read_text())


if __name__ == "__main__":
    main()
