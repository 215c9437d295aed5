"""Saga compensation: void what is held for an order, or refund what was taken."""

from collections.abc import Mapping
from typing import Any

from kernel.settings import Settings
from kernel.task import Task
from payments import bootstrap

reverse = bootstrap.reverse_payment(Settings.from_env())


def perform(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """`voided`, `refunded`, or, where there was nothing to undo, `declined` or `nothing`."""
    return reverse(payload["order_id"], str(payload.get("reason") or "order_cancelled")).to_dict()


app = Task(perform)
