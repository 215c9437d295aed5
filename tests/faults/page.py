"""docs/faults.md: what becomes of an order, state by state and fault by fault."""

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from infra.asl.machine import Machine
from infra.templates import ROOT
from tests.faults.matrix import WITHOUT_EFFECT, Case

PAGE: Path = ROOT / "docs" / "faults.md"
_HEAD = """# Every fault at every state

Written by `make faults`, which plays each case with the real handlers on the real templates' tables and then compares
the provider's books, the payment, the stock, the carrier's books, the order, its events, the audit and the mails. The
cases are derived from `stepfunctions/order_saga.asl.yaml`; `make test` plays four faults of every state again.

"Parked, redriven": a compensation kept failing, the order waited for an operator, and a redrive finished it once the
fault was mended. "Swept up": the execution died, and the sweeper had the order undone. "Each of n": the process was
killed after each of its n writes, in n runs.

"""
_ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


_PAIRS = """

## Pairs of faults

{number} orders with two faults each, chosen by hypothesis from all of the above, each of a function's writes on its
own (the same ones each time); one fault may keep the other from being met. After each, all books were compared. A
pair that breaks them is shrunk to the simplest one and told.

| orders | what became of them |
| --- | --- |
{rows}"""


def written(machine: Machine, outcomes: Mapping[Case, str], pairs: Counter[str]) -> str:
    """The page."""
    parts = [_HEAD]
    for name in machine.states:
        if name in machine.tasks:
            rows = [f"| {case.fault.name} | {told} |\n" for case, told in outcomes.items() if case.state == name]
            parts.append(f"## {name}\n\n| fault | outcome |\n| --- | --- |\n{''.join(rows)}\n")
    rows = [
        f"| {name} | {state['Type']}: {WITHOUT_EFFECT[state['Type']]} |\n"
        for name, state in machine.states.items()
        if name not in machine.tasks
    ]
    parts.append(
        "## States that call nothing\n\nNothing can fail in them but the whole execution, which is stopped after each "
        f"task above.\n\n| state | why it has no fault of its own |\n| --- | --- |\n{''.join(rows)}"
    )
    told = "".join(
        f"| {count} | {text} |\n" for text, count in sorted(pairs.items(), key=lambda each: (-each[1], each[0]))
    )
    parts.append(_PAIRS.format(number=pairs.total(), rows=told))
    return "".join(parts)


def read(text: str) -> dict[tuple[str, str], str]:
    """State and fault to outcome, as a page says; the states that call nothing are under that heading."""
    found = {}
    for section in text.split("\n## ")[1:]:
        title, _, body = section.partition("\n")
        for fault, outcome in _ROW.findall(body):
            if fault not in ("fault", "state", "---"):
                found[title, fault] = outcome
    return found
