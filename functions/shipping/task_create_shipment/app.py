"""Saga step: hand the parcel of an order to the carrier."""

from collections.abc import Mapping
from typing import Any

from kernel.settings import Settings
from kernel.task import Task
from shipping import bootstrap
from shipping.model import Parcel

create = bootstrap.create_shipment(Settings.from_env())


def perform(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """`created` with its tracking number, or `refused` with a reason."""
    asked = payload["shipping"]
    parcel = Parcel(asked["method"], asked["country"], int(asked["weight_grams"]), str(asked.get("postcode") or ""))
    return create(payload["order_id"], parcel).to_dict()


app = Task(perform)
