"""What a file of invoices means for a shop: products, stock, orders, stock corrections and returns. Pure."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from infra.replay.invoices import Invoice, Line

MAX_LINES = 1000
SPARE = 10
"""Units stocked of each SKU beyond what the file sells and writes off, so that a leak would show as a difference."""


@dataclass(frozen=True, slots=True)
class Order:
    """One ordinary invoice as POST /orders takes it; `expected` is the total in pence."""

    invoice: str
    customer: str
    body: dict[str, Any]
    expected: int
    line_count: int


@dataclass(frozen=True, slots=True)
class Correction:
    """A stock movement that is no sale: `delta` units, negative when written off."""

    invoice: str
    index: int
    sku: str
    delta: int


@dataclass(frozen=True, slots=True)
class Return:
    """A cancelled line; `purchase` is the invoice that it goes back to, None when that lies before the file."""

    invoice: str
    sku: str
    quantity: int
    amount: int
    purchase: str | None


@dataclass(frozen=True)
class Plan:
    """Everything to send. `steps` holds orders and corrections in time order; `stock` is units to provide a SKU."""

    products: tuple[dict[str, Any], ...]
    stock: Mapping[str, int]
    steps: tuple[Order | Correction, ...]
    returns: tuple[Return, ...]
    invoices: int
    sold: Mapping[str, int] = field(default_factory=dict)

    @property
    def orders(self) -> tuple[Order, ...]:
        """The orders in time order."""
        return tuple(step for step in self.steps if isinstance(step, Order))

    @property
    def corrections(self) -> tuple[Correction, ...]:
        """The stock corrections in time order."""
        return tuple(step for step in self.steps if isinstance(step, Correction))

    @property
    def expected_revenue(self) -> int:
        """Pence of all orders."""
        return sum(order.expected for order in self.orders)

    def expected_change(self) -> dict[str, int]:
        """Units by which the stock of each SKU changes once everything is replayed, stocking aside."""
        change: Counter[str] = Counter()
        change.subtract(self.sold)
        for correction in self.corrections:
            change[correction.sku] += correction.delta
        return dict(change)


def build(invoices: Sequence[Invoice]) -> Plan:
    """The plan of a file's invoices, which must be in time order."""
    steps: list[Order | Correction] = []
    for invoice in invoices:
        if invoice.sales:
            steps.append(_order(invoice))
        steps += [
            Correction(invoice.number, index, line.sku, line.quantity) for index, line in enumerate(invoice.corrections)
        ]
    sold = _sold(invoices)
    return Plan(
        products=tuple(_products(invoices)),
        stock=_stock(invoices, sold),
        steps=tuple(steps),
        returns=tuple(_returns(invoices)),
        invoices=len(invoices),
        sold=sold,
    )


def _order(invoice: Invoice) -> Order:
    goods = [line for line in invoice.sales if not line.is_service]
    services = [line for line in invoice.sales if line.is_service]
    # An order needs a line: an invoice of services alone sells them as lines without stock.
    lines, adjustments = (goods, services) if goods else (services, [])
    body: dict[str, Any] = {
        "lines": [_order_line(line) for line in _fitting(lines)],
        "currency": "GBP",
        "shipping_method": "collect",
        "payment_method": "pm_card_visa",
        "email": f"{'customer-' + invoice.customer if invoice.customer else 'guest-' + invoice.number}@example.com",
    }
    if invoice.customer:
        body["on_behalf_of"] = f"usr_retail-{invoice.customer}"
    if adjustments:
        body["adjustments"] = [
            {
                "code": line.sku,
                "description": line.description or line.sku,
                "amount": {"amount": line.amount, "currency": "GBP"},
            }
            for line in adjustments
        ]
    return Order(
        invoice=invoice.number,
        customer=invoice.customer,
        body=body,
        expected=sum(line.amount for line in invoice.sales),
        line_count=len(invoice.sales),
    )


def _order_line(line: Line) -> dict[str, Any]:
    return {
        "sku": line.sku,
        "quantity": line.quantity,
        "unit_price": {"amount": line.unit_price, "currency": "GBP"},
    }


def _fitting(lines: Sequence[Line]) -> Sequence[Line]:
    """The lines as they are, or, beyond what an order takes, lines of one SKU and price added up."""
    if len(lines) <= MAX_LINES:
        return lines
    merged: dict[tuple[str, int], Line] = {}
    for line in lines:
        key = (line.sku, line.unit_price)
        quantity = line.quantity + (merged[key].quantity if key in merged else 0)
        merged[key] = Line(line.sku, line.description, quantity, line.unit_price)
    return list(merged.values())


def _products(invoices: Iterable[Invoice]) -> Iterable[dict[str, Any]]:
    """A product a SKU: its first description and its first price, as a list price that staff then negotiate."""
    first: dict[str, Line] = {}
    for invoice in invoices:
        for line in invoice.lines:
            known = first.get(line.sku)
            if known is None or not known.unit_price or not known.description:
                first[line.sku] = _better(known, line)
    for sku, line in first.items():
        yield {
            "sku": sku,
            "name": line.description or sku,
            "category": "services" if line.is_service else "gifts",
            "price": {"amount": line.unit_price, "currency": "GBP"},
            "tax_rate": "0.20",
            "tax_included": True,
            "stocked": not line.is_service,
        }


def _better(known: Line | None, line: Line) -> Line:
    if known is None:
        return line
    return Line(line.sku, known.description or line.description, line.quantity, known.unit_price or line.unit_price)


def _sold(invoices: Iterable[Invoice]) -> dict[str, int]:
    sold: Counter[str] = Counter()
    for invoice in invoices:
        for line in invoice.sales:
            if not line.is_service:
                sold[line.sku] += line.quantity
    return dict(sold)


def _stock(invoices: Iterable[Invoice], sold: Mapping[str, int]) -> dict[str, int]:
    """Enough of each SKU for every sale and write-off in any order."""
    needed = Counter(sold)
    for invoice in invoices:
        for line in invoice.corrections:
            needed[line.sku] += max(-line.quantity, 0)
    return {sku: units + SPARE for sku, units in sorted(needed.items())}


def _returns(invoices: Iterable[Invoice]) -> Iterable[Return]:
    """Each cancelled line, matched to the customer's latest earlier purchase with that many units left."""
    bought: defaultdict[tuple[str, str], list[list[Any]]] = defaultdict(list)
    for invoice in invoices:
        if not invoice.is_cancellation:
            for line in invoice.sales:
                bought[invoice.customer, line.sku].append([invoice.number, line.quantity])
            continue
        for line in invoice.lines:
            units = -line.quantity
            match = next((each for each in reversed(bought[invoice.customer, line.sku]) if each[1] >= units), None)
            if match is not None:
                match[1] -= units
            purchase = match[0] if match is not None else None
            yield Return(invoice.number, line.sku, units, units * line.unit_price, purchase)
