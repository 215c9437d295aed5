"""Reading the Online Retail format: every peculiarity of the real file is in tests/fixtures/orders.csv."""

import csv
import io
from pathlib import Path

import pytest

from infra.replay import invoices

ORDERS = Path(__file__).parents[2] / "fixtures" / "orders.csv"
HEADER = ",".join(invoices.COLUMNS)


def parse(*rows: str) -> list[invoices.Invoice]:
    return invoices.parse(csv.DictReader(io.StringIO("\n".join((HEADER, *rows)))))


def test_invoices_come_in_time_order_with_all_their_lines() -> None:
    read = invoices.read(ORDERS)
    assert [invoice.time for invoice in read] == sorted(invoice.time for invoice in read)
    assert sum(len(invoice.lines) for invoice in read) == len(ORDERS.read_text().splitlines()) - 1


def test_prices_are_whole_pence() -> None:
    (invoice,) = parse("1,22423,STAND,2,12/1/10 8:26,12.75,17850,United Kingdom")
    assert invoice.lines[0].unit_price == 1275
    assert invoice.lines[0].amount == 2550


def test_a_negative_quantity_in_an_ordinary_invoice_is_a_correction_and_no_sale() -> None:
    (invoice,) = parse("1,21777,,-10,12/1/10 16:50,0,,United Kingdom")
    assert invoice.sales == ()
    assert [line.quantity for line in invoice.corrections] == [-10]


def test_a_cancellation_sells_nothing_and_corrects_nothing() -> None:
    (invoice,) = parse("C1,22423,STAND,-2,12/1/10 8:26,12.75,17850,United Kingdom")
    assert invoice.is_cancellation
    assert (invoice.sales, invoice.corrections) == ((), ())


def test_service_codes_have_no_stock() -> None:
    (invoice,) = parse("1,POST,POSTAGE,3,12/1/10 8:45,18,12583,France")
    assert invoice.lines[0].is_service
    assert invoice.lines[0].amount == 5400


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("1,22423,STAND,two,12/1/10 8:26,12.75,17850,UK", "line 2"),
        ("1,22423,STAND,2,yesterday,12.75,17850,UK", "line 2"),
        ("1,22423,STAND,2,12/1/10 8:26,cheap,17850,UK", "line 2"),
        ("1,,STAND,2,12/1/10 8:26,12.75,17850,UK", "lacks an InvoiceNo or a StockCode"),
    ],
)
def test_an_unreadable_line_is_named(row: str, reason: str) -> None:
    with pytest.raises(invoices.UnreadableFile, match=reason):
        parse(row)


def test_a_file_of_another_format_is_refused_with_the_missing_columns() -> None:
    with pytest.raises(invoices.UnreadableFile, match="InvoiceNo"):
        invoices.parse(csv.DictReader(io.StringIO("a,b\n1,2")))


def test_a_missing_file_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(invoices.UnreadableFile, match="does not exist"):
        invoices.read(tmp_path / "none.csv")
