"""Saga step: hold the money of an order at the payment provider."""

from collections.abc import Mapping
from typing import Any

from kernel.money import Money
from kernel.settings import Settings
from kernel.task import Task
from payments import bootstrap

authorise = bootstrap.authorise_payment(Settings.from_env())


def perform(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """`authorised`, or `declined` with a reason."""
    amount = Money.from_dict(payload["amount"])
    return authorise(payload["order_id"], amount, payload.get("payment_method"), payload.get("customer_id")).to_dict()


app = Task(perform)
