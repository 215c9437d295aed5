"""Reads a file in the UCI Online Retail format into invoices. No I/O but the file, no Agora.

Source of the format: D. Chen, Online Retail, UCI Machine Learning Repository (2015), doi 10.24432/C5BW33.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from pathlib import Path

COLUMNS = ("InvoiceNo", "StockCode", "Description", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country")
SERVICE_CODES = frozenset({"POST", "DOT", "C2", "D", "M", "S", "B", "CRUK", "PADS", "BANK CHARGES", "AMAZONFEE"})
"""Postage, carriage, discounts, manual lines, samples and charges: what is billed and has no stock."""

_DATE_FORMS = ("%m/%d/%y %H:%M", "%m/%d/%Y %H:%M", "%Y-%m-%d %H:%M:%S")


class UnreadableFile(Exception):
    """The file is not in the format; the message says where and what to do."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line as published: `unit_price` in pence; `quantity` negative for goods that come back or are written off."""

    sku: str
    description: str
    quantity: int
    unit_price: int

    @property
    def is_service(self) -> bool:
        """Whether the code is no stock item."""
        return self.sku.upper() in SERVICE_CODES or self.sku.upper().startswith("GIFT_")

    @property
    def is_sale(self) -> bool:
        """Whether the line has a positive quantity and price: what an order is charged for."""
        return self.quantity > 0 and self.unit_price > 0

    @property
    def amount(self) -> int:
        """Pence of the whole line."""
        return self.quantity * self.unit_price


@dataclass(frozen=True, slots=True)
class Invoice:
    """The lines of one InvoiceNo. `customer` is empty for a guest."""

    number: str
    time: datetime
    customer: str
    country: str
    lines: tuple[Line, ...]

    @property
    def is_cancellation(self) -> bool:
        """Whether goods come back and money is refunded."""
        return self.number.upper().startswith("C")

    @property
    def sales(self) -> tuple[Line, ...]:
        """What an ordinary invoice charges."""
        return () if self.is_cancellation else tuple(line for line in self.lines if line.is_sale)

    @property
    def corrections(self) -> tuple[Line, ...]:
        """The stock movements of an ordinary invoice that are no sale: written off (negative) or found (positive)."""
        if self.is_cancellation:
            return ()
        return tuple(line for line in self.lines if not line.is_sale and not line.is_service and line.quantity)


def read(path: Path) -> list[Invoice]:
    """The invoices of the file in time order. Raises `UnreadableFile`."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            return parse(csv.DictReader(file))
    except FileNotFoundError:
        raise UnreadableFile(f"{path} does not exist: download the Online Retail file and pass its path") from None
    except UnicodeDecodeError:
        raise UnreadableFile(f"{path} is not UTF-8: convert it, e.g. iconv -f ISO-8859-1 -t UTF-8") from None


def parse(rows: "csv.DictReader[str]") -> list[Invoice]:
    """As `read`, from rows."""
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        raise UnreadableFile(f"the file lacks the columns {', '.join(missing)}; it has {rows.fieldnames}")
    grouped: dict[str, list[dict[str, str]]] = {}
    for number, row in enumerate(rows, start=2):
        _check(row, number)
        grouped.setdefault(row["InvoiceNo"].strip(), []).append(row)
    invoices = [_invoice(number, group) for number, group in grouped.items()]
    return sorted(invoices, key=lambda invoice: (invoice.time, invoice.number.lstrip("Cc")))


def _check(row: dict[str, str], number: int) -> None:
    try:
        int(row["Quantity"])
        _pence(row["UnitPrice"])
        _time(row["InvoiceDate"])
    except (ValueError, TypeError, InvalidOperation) as error:
        raise UnreadableFile(f"line {number} cannot be read: {error}") from None
    if not row["InvoiceNo"].strip() or not row["StockCode"].strip():
        raise UnreadableFile(f"line {number} lacks an InvoiceNo or a StockCode")


def _invoice(number: str, rows: Iterable[dict[str, str]]) -> Invoice:
    rows = list(rows)
    return Invoice(
        number=number,
        time=_time(rows[0]["InvoiceDate"]),
        customer=rows[0]["CustomerID"].strip().removesuffix(".0"),
        country=rows[0]["Country"].strip(),
        lines=tuple(
            Line(
                sku=row["StockCode"].strip(),
                description=" ".join(row["Description"].split()),
                quantity=int(row["Quantity"]),
                unit_price=_pence(row["UnitPrice"]),
            )
            for row in rows
        ),
    )


def _pence(pounds: str) -> int:
    """Whole pence; a price of parts of a penny (there are few in the whole file) is rounded half to even."""
    return int((Decimal(pounds) * 100).quantize(Decimal(1), rounding=ROUND_HALF_EVEN))


def _time(text: str) -> datetime:
    for form in _DATE_FORMS:
        try:
            return datetime.strptime(text.strip(), form).replace(tzinfo=UTC)
        except ValueError:
            continue
    raise ValueError(f"{text!r} is no date of the form M/D/YY H:MM")
