"""The words of each message, as text and as HTML from the same paragraphs."""

import html
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from kernel.events import Event
from kernel.mail import Message
from kernel.money import Money, exponent
from notifications.model import CANCELLED

_SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$", "JPY": "¥", "INR": "₹", "KRW": "₩", "ILS": "₪", "PLN": "zł"}
_AFTER = frozenset({"PLN"})
_CHARGED: Mapping[str, str] = {
    "NONE": "You have not been charged.",
    "DECLINED": "You have not been charged.",
    "VOIDED": "The amount that was held on your card has been released.",
    "REFUNDED": "Your payment has been refunded.",
}
_FAREWELL = "Thank you for shopping at Agora."
_PAGE = (
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
    '<body style="font-family:sans-serif;line-height:1.5">{body}</body></html>'
)

Paragraphs = list[str]


def formatted(money: Money) -> str:
    """`£1,250.00`, `¥1,250`, `1,250.000 BHD`: digits as the currency has them, a symbol where it is unambiguous."""
    places = exponent(money.currency)
    digits = f"{abs(Decimal(money.amount)).scaleb(-places):,.{places}f}"
    sign = "-" if money.amount < 0 else ""
    symbol = _SYMBOLS.get(money.currency)
    if symbol is None:
        return f"{sign}{digits} {money.currency}"
    return f"{sign}{digits} {symbol}" if money.currency in _AFTER else f"{sign}{symbol}{digits}"


def compose(event: Event) -> Message | None:
    """The message of an event; None when there is nobody to tell or nothing to say."""
    words = _WORDS.get(event.name)
    recipient = event.data.get("email")
    if words is None or not recipient:
        return None
    title, paragraphs = words(event.data)
    order_id = str(event.data["order_id"])
    body = ["Hello,", *paragraphs, f"Order number: {order_id}", _FAREWELL]
    return Message(
        to=str(recipient),
        subject=f"{title}: {order_id}",
        text="\n\n".join(body) + "\n",
        html=_PAGE.format(
            title=html.escape(title), body="".join(f"<p>{html.escape(paragraph)}</p>" for paragraph in body)
        ),
    )


def _confirmed(data: Mapping[str, Any]) -> tuple[str, Paragraphs]:
    paragraphs = ["Thank you for your order. We have everything that you asked for and are getting it ready."]
    return "Your order is confirmed", paragraphs + _total(data)


def _fulfilling(data: Mapping[str, Any]) -> tuple[str, Paragraphs]:
    shipment: Mapping[str, Any] = data.get("shipment") or {}
    if not shipment:
        return "Your order is being prepared", ["Your payment went through, and we are preparing your order."]
    tracking = shipment.get("tracking")
    follow = [f"Its tracking number is {tracking}."] if tracking else []
    return "Your order is on its way", ["Your payment went through, and your parcel is with the carrier.", *follow]


def _cancelled(data: Mapping[str, Any]) -> tuple[str, Paragraphs]:
    paragraphs = ["We are sorry: your order could not be completed and has been cancelled."]
    if data.get("detail"):
        paragraphs.append(f"The reason: {str(data['detail']).rstrip('.')}.")
    charged = _CHARGED.get(str((data.get("payment") or {}).get("status", "")))
    return "Your order was cancelled", paragraphs + ([charged] if charged else [])


def _total(data: Mapping[str, Any]) -> Paragraphs:
    total = data.get("total")
    return [f"Total: {formatted(Money.from_dict(total))}"] if total else []


_WORDS: Mapping[str, Callable[[Mapping[str, Any]], tuple[str, Paragraphs]]] = {
    "OrderConfirmed": _confirmed,
    "OrderFulfilling": _fulfilling,
    CANCELLED: _cancelled,
}

EVENTS = frozenset(_WORDS)
"""The events that customers are told of: what the rule of infra/notifications.yaml lets through."""
