"""What is counted of an order, and the pages that are made of it."""

from typing import Any

import pytest

from bench import capacity
from bench.counts import document, orders, prices, report
from bench.counts.sizes import Index, item_size, read_units, write_units
from infra.templates import ROOT

ROW = {"pk": {"S": "ord_1"}, "sk": {"S": "ORDER"}, "day": {"S": "2026-11-27"}, "rest": {"S": "x" * 1000}}


@pytest.mark.parametrize(
    ("item", "size"),
    [
        (None, 0),
        ({"a": {"S": "é"}}, 3),
        ({"n": {"N": "1250"}}, 4),
        ({"n": {"N": "-0.5"}}, 3),
        ({"b": {"B": b"1234"}}, 5),
        ({"t": {"BOOL": True}}, 2),
        ({"l": {"L": [{"S": "ab"}]}}, 7),
        ({"m": {"M": {"k": {"S": "ab"}}}}, 8),
        ({"s": {"SS": ["ab", "c"]}}, 4),
    ],
)
def test_the_size_of_an_item(item: Any, size: int) -> None:
    assert item_size(item) == size


def test_units_are_rounded_up_as_dynamodb_does() -> None:
    assert [write_units(None, {"a": {"S": "x" * size}}) for size in (1, 1023, 1024)] == [1, 1, 2]
    assert write_units({"a": {"S": "x" * 3000}}, None) == 3, "what is replaced or deleted counts as well"
    assert [read_units(size, consistent=True) for size in (0, 4096, 4097)] == [1, 1, 2]
    assert read_units(4097, consistent=False) == 1


def test_an_index_is_written_where_what_it_projects_changes() -> None:
    keys_only = Index("by_day", ("day", "sk"), frozenset({"pk", "sk", "day"}))
    everything = Index("by_day", ("day", "sk"), None)
    changed, moved = {**ROW, "rest": {"S": "y" * 1000}}, {**ROW, "day": {"S": "2026-11-28"}}
    gone = {name: value for name, value in ROW.items() if name != "day"}
    assert keys_only.write_units(ROW, changed) == {}
    assert everything.write_units(ROW, changed) == {"2026-11-27": 2}
    assert keys_only.write_units(ROW, moved) == {"2026-11-27": 1, "2026-11-28": 1}
    assert everything.write_units(ROW, gone) == {"2026-11-27": 2}
    assert everything.write_units(None, gone) == {}, "an item without the keys is not in the index"


def test_an_order_still_uses_what_the_report_says() -> None:
    """Who makes an order dearer sees it here, and runs `make bench` to write the new figures down."""
    (counted,) = orders.measure((1,))
    (told,) = (order for order in report.committed()["orders"] if order["lines"] == 1)
    exact = (
        "invocations",
        "dynamodb_operations",
        "read_units",
        "write_units",
        "transitions",
        "events",
        "messages",
        "mails",
    )
    for path in ("to_captured_payment", "all"):
        assert {name: counted[path][name] for name in exact} == {name: told[path][name] for name in exact}
    assert counted["functions"] == told["functions"]


def test_the_pages_are_made_of_the_committed_counts() -> None:
    assert document.DOCUMENT.read_text() == document.render(report.committed())
    assert capacity.DOCUMENT.read_text() == capacity.render(report.committed())


def test_the_readme_has_the_same_figures() -> None:
    paths = {order["lines"]: order["to_captured_payment"] for order in report.committed()["orders"]}
    readme = (ROOT / "README.md").read_text()
    for figure, name, budget in (
        ("invocations", "function invocations", 7),
        ("dynamodb_calls", "DynamoDB calls", 12),
        ("transitions", "state transitions", 12),
    ):
        (usual,) = {path[figure] for lines, path in paths.items() if lines <= 25}
        assert f"| {name} | {usual} | {paths[500][figure]} | {budget} |" in readme


def test_every_service_is_paid_for_what_it_does() -> None:
    """A path with one unit of one thing costs that thing's price."""
    nothing = dict.fromkeys(orders.Path.__dataclass_fields__, 0)
    bills = {
        "DynamoDB": {"write_units": 1_000_000},
        "Step Functions": {"transitions": 1_000},
        "EventBridge": {"events": 1_000_000},
        "SES": {"mails": 1_000},
        "CloudWatch Logs": {"log_bytes": 10**9},
    }
    for service, used in bills.items():
        bill = prices.by_service({**nothing, **used}, requests=0)
        assert {name for name, cost in bill.items() if cost} == {service}
    assert prices.by_service({**nothing, "write_units": 1_000_000}, requests=0)["DynamoDB"] == pytest.approx(0.625)
    large = prices.by_service({**nothing, "events": 1, "event_bytes": 65 * 1024}, requests=0)
    assert large["EventBridge"] == pytest.approx(2e-6), "an event is billed for each 64 KB"


def test_each_price_and_quota_has_a_source_and_a_date() -> None:
    quotas = capacity.quotas()
    for listed in (*prices.listed()["prices"].values(), *quotas["quotas"].values()):
        assert listed["source"].startswith("https://")
    assert prices.listed()["as_of"] >= "2026-11-27"
    assert prices.listed()["region"] == quotas["region"]


def test_what_is_met_first_follows_from_the_counts() -> None:
    counts = report.committed()
    shared = {"table": "agora-orders", "index": "by_open", "partitions": 1, "orders": 12, "write_units": 1000}
    told = capacity.render({**counts, "partitions": [shared]})
    assert (
        "The first of all is **DynamoDB, agora-orders, by_open (one partition)**: it bears 17,000 orders a day" in told
    )
