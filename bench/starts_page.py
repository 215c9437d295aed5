"""docs/cold-starts.md, from bench/results/starts.json."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bench.cold_start import BARE, GOAL, TARGETS, USUAL
from bench.counts.document import table
from bench.warm import TARGET as WARM_TARGET
from infra.templates import ROOT

RESULT = ROOT / "bench" / "results" / "starts.json"
WARM = ROOT / "bench" / "results" / "warm.json"
DOCUMENT = ROOT / "docs" / "cold-starts.md"
_TEXT = """# What a function's start costs

A start is a new interpreter that imports a function's `app.py` from the built layers and makes its clients. Counted
are instructions (cachegrind; they differ by less than half a percent from run to run) and CPU time, both against
two references of the same run: what Lambda's runtime imports anyway, and the usual combination of the same
libraries (`bench/references/`). Ratios are what can be compared. `make bench` measures anew, where valgrind is
installed; this page is made of `bench/results/starts.json`, measured on CPython {python}.

Targets: a route at most {route:.0%} of the usual combination's instructions, {goal:.0%} as the goal; every other
function at most {other:.0%}. **{within} of {all} functions are within their target.**

{summary}

## A warm request

CPU of `POST /orders` from event to answer, an order of five lines, everything run but the HTTP transport, against
the same order in the same process written with boto3's Table resource and Powertools' idempotency decorator
(`bench/references/usual_order.py`): **{warm:.0%}**, where at most {warm_target:.0%} was the target. Most of the
difference is one transaction where the other makes five calls.

## Every function

{rows}
"""


def render(result: Mapping[str, Any], warm: Mapping[str, Any]) -> str:
    """The page, from `starts.json` and `warm.json`."""
    starts = result["starts"]
    functions = [start for start in starts if start["kind"] in TARGETS]
    return _TEXT.format(
        python=result["python"],
        route=TARGETS["route"],
        other=TARGETS["other"],
        goal=GOAL,
        within=sum(_within(start) for start in functions),
        all=len(functions),
        summary=_summary(starts),
        warm=warm["share"],
        warm_target=WARM_TARGET,
        rows=table(["function", "million instructions", "share", "CPU share", "target"], map(_row, starts)),
    )


def committed() -> str:
    """The page of what was measured last."""
    return render(json.loads(RESULT.read_text()), json.loads(WARM.read_text()))


def write(result: Mapping[str, Any]) -> None:
    """Write what starts cost, and the page of it."""
    RESULT.write_text(json.dumps(result, indent=1) + "\n")
    DOCUMENT.write_text(committed())


def write_warm(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Write what a warm request costs, and the page of it."""
    WARM.write_text(json.dumps(rows[0], indent=1) + "\n")
    DOCUMENT.write_text(committed())
    return rows


def _within(start: Mapping[str, Any]) -> bool:
    share = start["instruction_share"]
    return share is not None and share <= TARGETS[start["kind"]]


def _summary(starts: Sequence[Mapping[str, Any]]) -> str:
    rows = []
    for name, kind in (("routes", "route"), ("consumers, saga tasks, relays and schedules", "other")):
        shares = sorted(start["instruction_share"] for start in starts if start["kind"] == kind)
        middle = shares[len(shares) // 2]
        rows.append([name, str(len(shares)), *(f"{share:.0%}" for share in (shares[0], middle, shares[-1]))])
    return table(["share of the usual combination's instructions", "functions", "least", "median", "most"], rows)


def _row(start: Mapping[str, Any]) -> list[str]:
    told = "" if start["function"] in (BARE, USUAL) else "within" if _within(start) else "**missed**"
    millions, share = f"{start['million_instructions']:,.0f}", f"{start['instruction_share']:.0%}"
    return [start["function"], millions, share, f"{start['cpu_share']:.0%}", told]
