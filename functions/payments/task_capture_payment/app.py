"""Saga step: take the money that is held for an order."""

from collections.abc import Mapping
from typing import Any

from kernel.money import Money
from kernel.settings import Settings
from kernel.task import Task
from payments import bootstrap

capture = bootstrap.capture_payment(Settings.from_env())


def perform(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """`captured`, or `failed` with a reason."""
    return capture(payload["order_id"], Money.from_dict(payload["amount"])).to_dict()


app = Task(perform)
