"""Events of orders as they arrive, and a notifier on fakes."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from kernel.events import Event
from notifications.application import Notifier
from notifications.fakes import MemoryMailer, MemoryNotifications

NOW = datetime(2026, 11, 21, 9, tzinfo=UTC)
ORDER = "ord_01JD7Z8Q0R9V4M2T6X8Y0A1B2C"
EMAIL = "ada@example.com"
USER = "usr_01JD7Z8Q0R9V4M2T6X8Y0A1B2C"


def event(name: str, sequence: int, order_id: str = ORDER, **data: Any) -> Event:
    """An event of an order, with an id that follows from what it is."""
    known = {
        "order_id": order_id,
        "customer_id": None,
        "email": EMAIL,
        "currency": "GBP",
        "total": {"amount": 125_050, "currency": "GBP"},
    }
    return Event(
        "agora.orders", name, order_id, sequence, NOW, {**known, **data}, id=f"evt_{name}_{order_id}_{sequence}"
    )


def confirmed(**data: Any) -> Event:
    return event("OrderConfirmed", 3, payment={"status": "AUTHORISED", "payment_id": "pay_1"}, **data)


def fulfilling(**data: Any) -> Event:
    shipment = {"shipment_id": "shp_1", "tracking": "SB123"}
    return event("OrderFulfilling", 4, **{"shipment": shipment, "payment": {"status": "CAPTURED"}, **data})


def cancelled(**data: Any) -> Event:
    known = {"reason": "payment_failed", "detail": "The payment was declined.", "payment": {"status": "VOIDED"}}
    return event("OrderCancelled", 5, **{**known, **data})


def user_deleted() -> Event:
    return Event("agora.identity", "UserDeleted", USER, 2, NOW, {"user_id": USER}, id="evt_deleted")


@dataclass
class Shop:
    """A notifier, its mail service and its record."""

    now: datetime = NOW
    notifications: MemoryNotifications = field(default_factory=MemoryNotifications)
    mailer: MemoryMailer = field(default_factory=MemoryMailer)

    def __post_init__(self) -> None:
        self.notifier = Notifier(self.notifications, self.mailer, lambda: self.now)

    def handle(self, *events: Event) -> None:
        for each in events:
            self.notifier.handle(each)

    def advance(self, **amount: float) -> None:
        self.now += timedelta(**amount)

    def subjects(self) -> list[str]:
        """What was sent, in the order of sending."""
        return [message.subject.partition(":")[0] for message in self.mailer.taken]

    def statuses(self, order_id: str = ORDER) -> dict[str, str]:
        return {each.event_name: each.status.value for each in self.notifications.of_order(order_id)}
