"""docs/costs.md, from the counts and the prices."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bench.counts import prices
from infra.templates import ROOT

DOCUMENT = ROOT / "docs" / "costs.md"
MILLION = 1_000_000
_PUBLISHED = {"invocations": 25, "dynamodb_calls": 26, "events": 5}
"""Of a well-known AWS sample shop, to deliver an order (architecture.md)."""
_FIGURES = {
    "invocations": "function invocations",
    "dynamodb_calls": "DynamoDB requests",
    "read_units": "read units",
    "write_units": "write units, indexes included",
    "transitions": "state transitions",
    "events": "events on the bus",
    "event_bytes": "bytes of events",
    "messages": "messages in queues",
    "mails": "mails",
    "answer_bytes": "bytes of the answer",
    "log_bytes": "bytes of logs",
    "stored_bytes": "bytes that DynamoDB holds more",
}
_TEXT = """# What requests and orders cost

Counted from intercepted calls: the shipped functions and state machine on a mocked AWS, every call to AWS seen, the
units of every DynamoDB request computed from the sizes of the items before and after it (`bench/counts/`). Counts
do not depend on the machine. `make bench` measures them anew and writes this page, from
`bench/results/counts.json`.

Dollars are list prices of {region} as of {as_of}, without free tier and discounts, from `bench/counts/prices.json`,
where each price has its source. Lambda's time is the one figure that is assumed, not counted: {milliseconds} ms at
{megabytes} MB an invocation. Not included: storage, backups, alarms, the authorizer (once a minute and token), the
payment provider.

## An order

Warm, of a guest, sent by post: from `POST /orders` to the last consumer of its last event. Relays and consumers are
counted as if no other order shared their batches, so under load there are fewer invocations.

{orders}

| dollars for a million orders | {sizes} |
| --- |{rule}
{dollars}

A state machine of {transitions} transitions is most of the price of a small order, and the mails come next; of an
order of hundreds of lines it is DynamoDB. Express workflows are billed by time instead, but end after five minutes and
may run twice: that an order's saga does neither is what it pays for.

On its own path, to the captured payment, an order takes:

{captured}

For comparison, a well-known AWS sample shop needs {published_invocations} invocations, {published_calls} DynamoDB
calls and {published_events} events to deliver an order; here it is {invocations}, {calls} and {events}, audit trail
and parcel included.

## Where an order of {middle} lines goes

{functions}

## Every function

One usual invocation each: of all that a journey through the whole API made, the one in the middle. A consumer's
figures are of a batch of so many messages. Dollars are for a million invocations, through API Gateway where it is a
route.

{routes}
"""


def render(counts: Mapping[str, Any]) -> str:
    """The page."""
    listed, orders = prices.listed(), counts["orders"]
    middle = orders[min(1, len(orders) - 1)]
    return _TEXT.format(
        region=listed["region"],
        as_of=listed["as_of"],
        milliseconds=listed["assumptions"]["lambda_milliseconds"],
        megabytes=listed["assumptions"]["lambda_megabytes"],
        orders=_paths(orders, "all"),
        captured=_paths(orders, "to_captured_payment", ("invocations", "dynamodb_calls", "write_units", "transitions")),
        sizes=" | ".join(_lines(order) for order in orders),
        rule=" ---: |" * len(orders),
        dollars=_dollars(orders),
        transitions=middle["all"]["transitions"],
        published_invocations=_PUBLISHED["invocations"],
        published_calls=_PUBLISHED["dynamodb_calls"],
        published_events=_PUBLISHED["events"],
        invocations=middle["all"]["invocations"],
        calls=middle["all"]["dynamodb_calls"],
        events=middle["all"]["events"],
        middle=middle["lines"],
        functions=_functions(middle),
        routes=_routes(counts["routes"]),
    )


def _lines(order: Mapping[str, Any]) -> str:
    return f"{order['lines']} line" + ("s" if order["lines"] > 1 else "")


def _paths(orders: Sequence[Mapping[str, Any]], path: str, figures: Iterable[str] = tuple(_FIGURES)) -> str:
    rows = [[_FIGURES[figure], *(number(order[path][figure]) for order in orders)] for figure in figures]
    return table(["an order of", *(_lines(order) for order in orders)], rows)


def _dollars(orders: Sequence[Mapping[str, Any]]) -> str:
    costs = [prices.by_service(order["all"], requests=1) for order in orders]
    rows = [[service, *(money(cost[service] * MILLION) for cost in costs)] for service in prices.SERVICES]
    rows.append(["**together**", *(f"**{money(sum(cost.values()) * MILLION)}**" for cost in costs)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _functions(order: Mapping[str, Any]) -> str:
    rows = [
        [name, number(used["invocations"]), number(used["calls"]), number(used["reads"]), number(used["writes"])]
        for name, used in order["functions"].items()
    ]
    return table(["function", "invocations", "DynamoDB requests", "read units", "write units"], rows)


def _routes(routes: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for row in routes:
        operations = ", ".join(f"{count} {name}" for name, count in row["dynamodb_operations"].items())
        others = ", ".join(f"{count} {name.partition(':')[2]}" for name, count in row["other_calls"].items())
        messages = f"{row['messages']} messages" if row["messages"] else ""
        cost = sum(prices.by_service(row, requests=1 if row["route"] else 0).values())
        rows.append(
            [
                row["route"] or row["function"],
                "; ".join(part for part in (operations, others, messages) if part) or "nothing",
                number(row["read_units"]),
                number(row["write_units"]),
                number(row["answer_bytes"]) if row["route"] else "",
                money(cost * MILLION),
            ]
        )
    return table(["function", "calls", "read units", "write units", "answer, bytes", "dollars"], rows)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Markdown; every column but the first is of numbers where its second row is."""
    lines = [list(head), *(list(row) for row in rows)]
    sides = ["---" if not _numeric(line) else "---:" for line in zip(*lines[1:], strict=True)]
    written = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([written[0], f"| {' | '.join(sides)} |", *written[1:]])


def _numeric(column: Sequence[str]) -> bool:
    return all(cell.replace(",", "").replace(".", "").isdigit() or not cell for cell in column)


def number(value: float) -> str:
    """With separators, and a half where there is one."""
    return f"{value:,.1f}" if value % 1 else f"{value:,.0f}"


def money(dollars: float) -> str:
    """Dollars, with cents below a hundred."""
    return f"{dollars:,.2f}" if dollars < 100 else f"{dollars:,.0f}"
