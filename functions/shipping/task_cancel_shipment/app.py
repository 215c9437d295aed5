"""Saga compensation: take the parcel of an order back from the carrier."""

from collections.abc import Mapping
from typing import Any

from kernel.settings import Settings
from kernel.task import Task
from shipping import bootstrap

cancel = bootstrap.cancel_shipment(Settings.from_env())


def perform(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """`cancelled`, or `nothing` where there was nothing to undo."""
    return cancel(payload["order_id"], str(payload.get("reason") or "order_cancelled")).to_dict()


app = Task(perform)
