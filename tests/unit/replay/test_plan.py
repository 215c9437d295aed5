"""What a file means for the shop: totals, stock, corrections and matched returns."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from infra.replay import invoices, plan
from infra.replay.invoices import Invoice, Line

ORDERS = Path(__file__).parents[2] / "fixtures" / "orders.csv"
PLAN = plan.build(invoices.read(ORDERS))
BY_INVOICE = {order.invoice: order for order in PLAN.orders}
START = datetime(2011, 1, 4, 9, tzinfo=UTC)


def test_each_ordinary_invoice_with_a_priced_line_is_one_order() -> None:
    assert set(BY_INVOICE) == {
        *(f"9000{number:02d}" for number in (1, 2, 3, 8, 9, 10, 11, 12, 13, 14, 16)),
    }


def test_an_orders_total_is_the_sum_of_its_priced_lines() -> None:
    assert BY_INVOICE["900002"].expected == 3 * 255 + 4 * 210 + 495 + 3 * 1800
    assert BY_INVOICE["900008"].expected == 5 * 125 + 5000


def test_lines_of_one_sku_at_two_prices_stay_apart() -> None:
    lines = BY_INVOICE["900002"].body["lines"]
    assert [(line["quantity"], line["unit_price"]["amount"]) for line in lines if line["sku"] == "70001"] == [
        (3, 255),
        (4, 210),
    ]


def test_services_beside_goods_are_adjustments_and_services_alone_are_lines_without_stock() -> None:
    assert [each["code"] for each in BY_INVOICE["900009"].body["adjustments"]] == ["M", "M"]
    assert [line["sku"] for line in BY_INVOICE["900010"].body["lines"]] == ["BANK CHARGES"]
    stocked = {product["sku"]: product["stocked"] for product in PLAN.products}
    assert not stocked["BANK CHARGES"]
    assert "BANK CHARGES" not in PLAN.stock


def test_a_guest_has_an_email_and_no_customer() -> None:
    body = BY_INVOICE["900003"].body
    assert "on_behalf_of" not in body
    assert body["email"]


def test_stock_covers_every_sale_and_write_off_whatever_comes_first() -> None:
    needed: Counter[str] = Counter()
    for invoice in invoices.read(ORDERS):
        for line in invoice.sales:
            if not line.is_service:
                needed[line.sku] += line.quantity
        for line in invoice.corrections:
            needed[line.sku] += max(0, -line.quantity)
    assert PLAN.stock == {sku: units + plan.SPARE for sku, units in needed.items()}


def test_corrections_change_stock_by_their_sign() -> None:
    assert PLAN.expected_change()["70006"] == 56 - 5
    assert PLAN.expected_change()["70002"] == -2 - 10 + 1


def test_a_return_is_matched_to_the_customers_earlier_purchase() -> None:
    matched = {(each.invoice, each.sku): each.purchase for each in PLAN.returns}
    assert matched == {
        ("C900004", "70001"): "900001",
        ("C900005", "79999"): None,
        ("C900005", "D"): None,
        ("C900015", "70001"): "900014",
    }


def test_an_invoice_beyond_an_orders_limit_has_its_equal_lines_added_up() -> None:
    lines = tuple(Line(f"{number % 700}", "THING", 1, 100) for number in range(1100))
    (order,) = plan.build([Invoice("1", START, "7", "UK", lines)]).orders
    assert len(order.body["lines"]) == 700
    assert order.expected == 1100 * 100
    assert sum(line["quantity"] for line in order.body["lines"]) == 1100


LINES = st.builds(
    Line,
    sku=st.sampled_from(["1", "2", "POST", "M"]),
    description=st.just("THING"),
    quantity=st.integers(-5, 9),
    unit_price=st.integers(0, 500),
)
INVOICES = st.lists(st.tuples(st.booleans(), st.lists(LINES, min_size=1, max_size=6)), max_size=8)


@given(INVOICES)
def test_what_is_sold_and_what_is_charged_are_the_priced_lines_and_nothing_else(
    drawn: list[tuple[bool, list[Line]]],
) -> None:
    read = [
        Invoice(f"{'C' if cancelled else ''}{number}", START + timedelta(minutes=number), "7", "UK", tuple(lines))
        for number, (cancelled, lines) in enumerate(drawn)
    ]
    made = plan.build(read)
    priced = [line for invoice in read if not invoice.is_cancellation for line in invoice.lines if line.is_sale]
    assert made.expected_revenue == sum(line.quantity * line.unit_price for line in priced)
    assert sum(made.sold.values()) == sum(line.quantity for line in priced if not line.is_service)
    for order in made.orders:
        charged = sum(line["quantity"] * line["unit_price"]["amount"] for line in order.body["lines"])
        charged += sum(each["amount"]["amount"] for each in order.body.get("adjustments", ()))
        assert charged == order.expected
