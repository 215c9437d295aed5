"""docs/performance.md and its plots, from the figures of a load run."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.setup import environments
from infra.templates import ROOT

DOCUMENT = ROOT / "docs" / "performance.md"
PLOTS = ROOT / "docs" / "performance"

_TEXT = """# Performance under load

`make load` starts a stack of its own, lets shoppers look around, look closer and order, more of them at every step,
waits until every order has ended, and compares all books with each other: the payment provider's record, payments,
stock, parcels, orders and their events, each read from its own store. It writes this page, from
`bench/results/load.json`.

**What the times are of.** One machine with {cores} cores runs the shoppers, the local engine, every function and all
databases. The times say how that machine shares its cores, and compare with others of the same run only: more shoppers
than cores wait for each other, which is what the rising latencies show. On AWS every request has a function's own CPU;
what a request costs there is in the counts, which do not depend on the machine. What a run proves anywhere is
that nothing is lost, sold twice or charged wrongly while requests compete.

## The last run

{table}

{requests:,} requests, {orders:,} orders: {ended}. Every order had ended {settle} s after the last request, and all
books agreed. Requests that failed: {failed}.

![Requests a second by shoppers](performance/throughput.svg)

![Latency by shoppers](performance/latency.svg)

![Memory by shoppers](performance/memory.svg)

## Latency by route, at most shoppers

{routes}

## Repeat it

```
make load                          # five steps of 20 s, and about a minute around them
make load STEPS=1:10,32:30         # shoppers:seconds, comma between; at most 64 shoppers and 15 minutes
```

One order in ten is paid by a card that is declined, so compensations run under load too. Orders are guests', each with
an e-mail address of its own, because the shop limits the orders of one customer. There is no cart yet: shoppers order
directly. Load goes to this machine's loopback address only; the tool refuses every other.
"""


def table(found: Mapping[str, Any]) -> str:
    """A row a step."""
    rows = [
        "| shoppers | requests a second | orders a second | failed | POST /orders p50, p95, p99 (ms) | memory (MB) |"
    ]
    rows.append("| --- | --- | --- | --- | --- | --- |")
    for step in found["steps"]:
        order = step["routes"].get("POST /orders", {})
        times = ", ".join(f"{order.get(f'p{each}_ms', 0):.0f}" for each in (50, 95, 99))
        rows.append(
            f"| {step['shoppers']} | {step['requests_per_second']} | {step['orders_per_second']} | {step['failed']} "
            f"| {times} | {step['memory_mb']:.0f} |"
        )
    return "\n".join(rows)


def text(found: Mapping[str, Any]) -> str:
    """The page."""
    last = found["steps"][-1]
    routes = ["| route | requests | p50 (ms) | p95 (ms) | p99 (ms) |", "| --- | --- | --- | --- | --- |"]
    routes += [
        f"| `{route}` | {each['count']} | {each['p50_ms']} | {each['p95_ms']} | {each['p99_ms']} |"
        for route, each in last["routes"].items()
    ]
    failed = ", ".join(f"{name} ({count})" for name, count in found["failed"].items()) or "none"
    ended = ", ".join(f"{count:,} ended as `{status}`" for status, count in found["ended"].items())
    return _TEXT.format(
        cores=found["cores"],
        table=table(found),
        requests=found["requests"],
        orders=found["orders"],
        ended=ended,
        settle=found["seconds_to_settle"],
        failed=failed,
        routes="\n".join(routes),
    )


def write(found: Mapping[str, Any]) -> None:
    """Write the page and draw its plots, which is done in the environment `load`."""
    DOCUMENT.write_text(text(found), encoding="utf-8")
    python, script = environments.ensure("load"), Path(__file__).with_name("plots.py")
    subprocess.run([str(python), str(script), str(PLOTS)], input=json.dumps(found), text=True, check=True, timeout=120)
