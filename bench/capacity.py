"""docs/capacity.md: what so many orders a day cost, and which quota is met first; from counts, prices and quotas."""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.counts import prices
from bench.counts.document import money, number, table
from infra.templates import ROOT

DOCUMENT = ROOT / "docs" / "capacity.md"
QUOTAS = Path(__file__).parent / "counts" / "quotas.json"
ORDERS_A_DAY = (1_000, 100_000, 10_000_000)
LINES = 5
PEAK = 5
"""How much more than on average is ordered in the busiest seconds of a day."""
READS = 20
"""Reading requests for each order: looking around, looking closer, looking at the order."""
BROWSING = "GET /products"
_DAY = 86_400
_MONTH = 30

_ANSWERS = {
    "api_rate": (
        "Raise the quota; the usage plans' rates keep one client from using it up. Public reads carry ETags, so a"
        " CDN before the API answers most of them."
    ),
    "lambda_concurrency": (
        "Raise the quota. No function waits for another's work: relays and consumers come in batches, so their "
        "number grows more slowly than the orders."
    ),
    "start_execution": (
        "Nothing is lost above it: POST /orders has stored the order, and the sweeper starts what was not "
        "started. Raise the quota."
    ),
    "state_transitions": ("Above it executions go on later, they do not fail. Raise the quota."),
    "put_events": ("The relays read a stream and try again, in order. Raise the quota; a PutEvents call takes ten."),
    "table_writes": (
        "Raise the quota; contexts own tables of their own, so it is met by one of them alone. Warm a table "
        "before a known peak."
    ),
    "mails": (
        "What SES refuses goes back to the queue, and after five tries waits two weeks in the dead-letter queue. "
        "Ask for a higher rate long before it is needed; SES raises it with use."
    ),
}
_PARTITIONS = {
    ("agora-orders", "by_day"): (
        "All orders of a day are one partition of the list for staff. Above the limit DynamoDB throttles the "
        "index, and through it the table. The answer is a shard in the key, `day#shard`, as `low-stock` has "
        "(decision 0024): a page then merges its shards."
    ),
    ("agora-orders", "by_open"): (
        "The sweeper's list of orders under way is one partition; the answer is the same shard."
    ),
    ("agora-inventory", "low-stock"): (
        "Four shards by the SKU's hash (decision 0024); more of them need the items written again."
    ),
    ("agora-inventory", "due"): ("Shards, by the reservation's hash; more of them by one constant."),
}

_TEXT = """# Capacity: what many orders cost, and what gives way first

Computed by `bench/capacity.py` from what one order uses ([costs](costs.md), `bench/results/counts.json`), list
prices and AWS' default quotas of {region} as of {as_of} (`bench/counts/quotas.json`, with sources). Nothing here
was measured on AWS.

It is assumed that orders have {lines} lines, that {reads} reading requests go with each (at the cost of
`{browsing}`), that the busiest seconds see {peak} times the day's average, and that an invocation takes
{milliseconds} ms.

## What it costs

{costs}

Storage comes on top: an order leaves {stored} bytes in DynamoDB, so a million of them are {gigabytes} GB and cost
{storage} dollars a month to keep, until they are archived. Stock's events expire by themselves.

## What is met first

Needed at the peak, in percent of the quota as an account has it to begin with. Above 100% something has to be
raised or split before.

{quotas}

{first}

## The design's answers

{answers}

## One SKU that everybody wants

An order writes {hot} units to the row of stock of each of its SKUs, so one SKU sells at most {hot_rate} times a
second. A SKU that is split over *n* rows sells *n* times that ([decision
0154](decisions/0154-a-hot-sku-in-shards.md)): `PUT /inventory/{{sku}}/shards`, also while it sells. Orders,
payments, parcels and the audit trail have a partition for each order and meet no such limit.
"""


@dataclass(frozen=True)
class Need:
    """What one quota must bear for each order a second. `share` of it for an order a second is `each / quota`."""

    name: str
    quota: str
    each: float
    answer: str


def quotas() -> dict[str, Any]:
    """The content of quotas.json."""
    found: dict[str, Any] = json.loads(QUOTAS.read_text())
    return found


def render(counts: Mapping[str, Any]) -> str:
    """The page."""
    limits = quotas()
    order = next(each for each in counts["orders"] if each["lines"] == LINES)
    needs = _needs(counts, order)
    stored = order["all"]["stored_bytes"]
    partition = limits["quotas"]["partition_writes"]["value"]
    return _TEXT.format(
        region=limits["region"],
        as_of=limits["as_of"],
        lines=LINES,
        reads=READS,
        browsing=BROWSING,
        peak=PEAK,
        milliseconds=prices.listed()["assumptions"]["lambda_milliseconds"],
        costs=_costs(counts, order),
        stored=number(stored),
        gigabytes=number(math.ceil(stored / 1000)),
        storage=money(prices.dollars("dynamodb_gb_month", stored / 1000)),
        quotas=_quota_table(needs, limits["quotas"]),
        first=_first(needs, limits["quotas"]),
        answers="\n".join(f"- **{need.name}**: {need.answer}" for need in needs),
        hot=number(counts["hot_sku_write_units"]),
        hot_rate=number(partition // counts["hot_sku_write_units"]),
    )


def _needs(counts: Mapping[str, Any], order: Mapping[str, Any]) -> list[Need]:
    used, seconds = order["all"], prices.listed()["assumptions"]["lambda_milliseconds"] / 1000
    # A table and each of its indexes have a throughput of their own, and a row here.
    table_writes = max(row["write_units"] for row in counts["partitions"])
    amounts = {
        "api_rate": ("API Gateway, requests", 1 + READS),
        "lambda_concurrency": ("Lambda, concurrency", (used["invocations"] + READS) * seconds),
        "start_execution": ("Step Functions, starts", 1),
        "state_transitions": ("Step Functions, transitions", used["transitions"]),
        "put_events": ("EventBridge, events", used["events"]),
        "table_writes": ("DynamoDB, the busiest table", table_writes),
        "mails": ("SES, mails", used["mails"]),
    }
    shared = [row for row in counts["partitions"] if row["partitions"] < row["orders"]]
    return [
        *(Need(name, quota, each, _ANSWERS[quota]) for quota, (name, each) in amounts.items()),
        *(_partition(row) for row in shared),
    ]


def _partition(row: Mapping[str, Any]) -> Need:
    place = f"{row['table']}, {row['index'] or 'the table'}"
    how = "one partition" if row["partitions"] == 1 else f"{row['partitions']} partitions"
    each = row["write_units"] / row["partitions"]
    return Need(f"DynamoDB, {place} ({how})", "partition_writes", each, _PARTITIONS[row["table"], row["index"]])


def _costs(counts: Mapping[str, Any], order: Mapping[str, Any]) -> str:
    browsing = next(row for row in counts["routes"] if row["route"] == BROWSING)
    selling, reading = prices.by_service(order["all"], requests=1), prices.by_service(browsing, requests=1)
    rows = []
    for service in prices.SERVICES:
        each = selling[service] + READS * reading[service]
        rows.append([service, *(money(each * orders * _MONTH) for orders in ORDERS_A_DAY)])
    whole = sum(selling.values()) + READS * sum(reading.values())
    rows.append(["together", *(money(whole * orders * _MONTH) for orders in ORDERS_A_DAY)])
    rows.append(["an order, with its reading, in cents", *(f"{whole * 100:.3f}" for _ in ORDERS_A_DAY)])
    return table(["dollars a month, at orders a day", *(f"{orders:,}" for orders in ORDERS_A_DAY)], rows)


def _quota_table(needs: Sequence[Need], limits: Mapping[str, Any]) -> str:
    rows = []
    for need in needs:
        quota = limits[need.quota]
        shares = [need.each * _peak(orders) / quota["value"] for orders in ORDERS_A_DAY]
        rows.append(
            [need.name, f"{quota['value']:,} {quota['unit']}", quota["raised"], *(_percent(each) for each in shares)]
        )
    head = ["", "quota", "raised", *(f"{orders:,} a day ({_peak(orders):,.2f}/s)" for orders in ORDERS_A_DAY)]
    return table(head, rows)


def _peak(orders_a_day: int) -> float:
    return orders_a_day / _DAY * PEAK


def _percent(share: float) -> str:
    return f"**{share:,.0%}**" if share > 1 else f"{share:.1%}"


def _first(needs: Sequence[Need], limits: Mapping[str, Any]) -> str:
    """In words: how many orders a day each kind of limit bears."""
    bears = sorted(
        ((limits[need.quota]["value"] / need.each / PEAK * _DAY, need) for need in needs if need.each),
        key=lambda each: each[0],
    )
    hard = next((orders, need) for orders, need in bears if limits[need.quota]["raised"] == "never")
    orders, first = bears[0]
    return (
        f"The first of all is **{first.name}**: it bears {_rounded(orders)} orders a day. The first that no "
        f"request to AWS raises is "
        f"**{hard[1].name}**, which bears {_rounded(hard[0])} orders a day."
    )


def _rounded(orders: float) -> str:
    """Two digits: more would pretend to more than the assumptions give."""
    size = 10 ** max(0, int(math.log10(orders)) - 1)
    return f"{int(orders // size * size):,}"
