"""Payments, and the sandbox's own books, in DynamoDB."""

import json
from collections.abc import Sequence
from typing import Any

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from kernel import dynamo, outbox
from kernel.clock import from_rfc3339, to_rfc3339
from kernel.events import Event
from kernel.ids import ORDER, derived_id
from kernel.money import Money
from payments.model import Payment, PaymentStatus, Refund
from payments.ports import ChargeStatus
from payments.sandbox import SandboxCharge

SORT_KEY = "PAYMENT"


class PaymentItem(Model):
    """A payment as stored. `refunds` is JSON: it is read and written as a whole."""

    class Meta:
        table_name = "payments"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    status = UnicodeAttribute()
    amount = NumberAttribute(null=True)
    currency = UnicodeAttribute(null=True)
    customer_id = UnicodeAttribute(null=True)
    payment_method = UnicodeAttribute(null=True)
    provider = UnicodeAttribute(null=True)
    reference = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    refunds = UnicodeAttribute(null=True)
    created_at = UnicodeAttribute()
    updated_at = UnicodeAttribute()
    item_version = NumberAttribute()
    sequence = NumberAttribute()


class PaymentEventItem(outbox.EventItem):
    """An event of a payment, beside it."""

    class Meta:
        table_name = "payments"


class SandboxItem(Model):
    """A charge in the sandbox's books, in a table of its own."""

    class Meta:
        table_name = "payments-sandbox"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    charge = UnicodeAttribute()
    item_version = NumberAttribute()


class DynamoPayments:
    """The stored payments; the models have to be bound to the table before."""

    def get(self, payment_id: str) -> Payment | None:
        item = dynamo.get(PaymentItem, _pk(payment_id), SORT_KEY)
        return None if item is None else _payment(item, payment_id)

    def save(self, payment: Payment, expected_version: int, events: Sequence[Event] = ()) -> None:
        write = dynamo.Transaction()
        unchanged = (
            PaymentItem.item_version == expected_version if expected_version else PaymentItem.pk.does_not_exist()
        )
        write.put(_item(payment), unchanged, label="payment")
        for event in events:
            item = PaymentEventItem(**outbox.fields(event, _pk(payment.payment_id)))
            write.put(item, PaymentEventItem.pk.does_not_exist(), label="event")
        write.commit()


class DynamoSandboxRecord:
    """The sandbox's books; the model has to be bound to the sandbox's table before."""

    def get(self, reference: str) -> SandboxCharge | None:
        item = dynamo.get(SandboxItem, reference, "CHARGE")
        return None if item is None else _charge(reference, json.loads(item.charge), int(item.item_version))

    def put(self, charge: SandboxCharge) -> None:
        text = json.dumps(_charge_fields(charge), separators=(",", ":"))
        item = SandboxItem(charge.reference, "CHARGE", charge=text, item_version=charge.version)
        before = charge.version - 1
        with dynamo.translated_errors():
            item.save(SandboxItem.item_version == before if before else SandboxItem.pk.does_not_exist())


def _pk(payment_id: str) -> str:
    return f"PAYMENT#{payment_id}"


def _item(payment: Payment) -> PaymentItem:
    refunds = [[refund.key, refund.amount.amount, refund.done] for refund in payment.refunds]
    return PaymentItem(
        _pk(payment.payment_id),
        SORT_KEY,
        status=payment.status.value,
        amount=payment.amount.amount if payment.amount else None,
        currency=payment.amount.currency if payment.amount else None,
        customer_id=payment.customer_id,
        payment_method=payment.method or None,
        provider=payment.provider or None,
        reference=payment.reference or None,
        reason=payment.reason or None,
        refunds=json.dumps(refunds, separators=(",", ":")) if refunds else None,
        created_at=to_rfc3339(payment.created_at),
        updated_at=to_rfc3339(payment.updated_at),
        item_version=payment.version,
        sequence=payment.sequence,
    )


def _payment(item: PaymentItem, payment_id: str) -> Payment:
    currency = item.currency or ""
    amount: Any = item.amount  # None where it is absent, whatever the stubs say
    return Payment(
        order_id=derived_id(ORDER, payment_id),
        status=PaymentStatus(item.status),
        created_at=from_rfc3339(item.created_at),
        updated_at=from_rfc3339(item.updated_at),
        amount=None if amount is None else Money(int(amount), currency),
        customer_id=item.customer_id,
        method=item.payment_method or "",
        provider=item.provider or "",
        reference=item.reference or "",
        reason=item.reason or "",
        refunds=tuple(Refund(key, Money(units, currency), done) for key, units, done in _list(item.refunds)),
        version=int(item.item_version),
        sequence=int(item.sequence),
    )


def _list(text: str | None) -> list[Any]:
    found: list[Any] = json.loads(text) if text else []
    return found


def _charge_fields(charge: SandboxCharge) -> dict[str, Any]:
    return {
        "method": charge.method,
        "status": charge.status.value,
        "amount": charge.amount.to_dict(),
        "reason": charge.reason,
        "keys": dict(charge.keys),
        "refunds": dict(charge.refunds),
    }


def _charge(reference: str, stored: dict[str, Any], version: int) -> SandboxCharge:
    return SandboxCharge(
        reference,
        stored["method"],
        ChargeStatus(stored["status"]),
        Money.from_dict(stored["amount"]),
        stored["reason"],
        stored["keys"],
        stored["refunds"],
        version,
    )
