"""What other steps of the saga reported of payment and shipment, as the order keeps it."""

from collections.abc import Mapping
from typing import Any

from orders.model import Payment, PaymentStatus, Shipment

_STATUS_OF_OUTCOME = {
    "authorised": PaymentStatus.AUTHORISED,
    "captured": PaymentStatus.CAPTURED,
    "declined": PaymentStatus.DECLINED,
    "voided": PaymentStatus.VOIDED,
    "refunded": PaymentStatus.REFUNDED,
}


def payment_of(result: Mapping[str, Any] | None) -> Payment | None:
    """The payment as a payments task answered (`outcome`) or as a status; None when it says nothing of a payment."""
    if not result:
        return None
    status = result.get("status")
    known = PaymentStatus(status) if status in set(PaymentStatus) else _STATUS_OF_OUTCOME.get(result.get("outcome", ""))
    return None if known is None else Payment(known, result.get("payment_id"))


def shipment_of(result: Mapping[str, Any] | None) -> Shipment | None:
    """The shipment as shipping's task answered; None for an order that is collected."""
    if not result or not result.get("shipment_id"):
        return None
    return Shipment(str(result["shipment_id"]), result.get("tracking"))
