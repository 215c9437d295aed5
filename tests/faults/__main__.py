"""`make faults`: plays every case and many pairs of them, prints the tables, and writes docs/faults.md."""

import argparse
import logging
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from rich.console import Console
from rich.table import Table

from tests.faults import page, pairs
from tests.faults.matrix import Case, cases
from tests.faults.runner import outcome_of
from tests.support.aws import ENVIRONMENT
from tests.support.functions import environment
from tests.support.saga_machine import order_saga


def _played(case: Case) -> str:
    logging.disable(logging.CRITICAL)
    with environment(ENVIRONMENT):
        try:
            return outcome_of(case)
        except AssertionError as error:
            return f"BROKEN: {error}".replace("\n", " ").replace("|", "/")


def _paired(number: int, start: int) -> tuple[Counter[str], str]:
    logging.disable(logging.CRITICAL)
    with environment(ENVIRONMENT):
        return pairs.explored(number, start)


def _pairs(number: int) -> tuple[Counter[str], list[str]]:
    """The outcomes of so many pairs, and what is broken."""
    with ProcessPoolExecutor(2) as pool:
        shares = [share for share in (number - number // 2, number // 2) if share]
        found = list(pool.map(_paired, shares, [1, 2]))
    outcomes: Counter[str] = Counter()
    for seen, _ in found:
        outcomes.update(seen)
    return outcomes, [broken for _, broken in found if broken]


def main() -> int:
    """1 when the books of a case do not agree; the page is then left as it was."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--pairs", type=int, default=80, help="how many pairs of faults to play")
    options = parser.parse_args()
    machine = order_saga()
    every = cases(machine)
    table = Table("state", "fault", "outcome")
    with ProcessPoolExecutor(2) as pool:
        outcomes = dict(zip(every, pool.map(_played, every), strict=True))
    for case, told in outcomes.items():
        table.add_row(case.state, case.fault.name, told)
    Console().print(table)
    paired, broken = _pairs(options.pairs)
    table = Table("pairs of faults", "outcome")
    for told, count in paired.most_common():
        table.add_row(str(count), told)
    Console().print(table, *(f"BROKEN: {each}" for each in broken))
    if broken or any(told.startswith("BROKEN") for told in outcomes.values()):
        return 1
    page.PAGE.write_text(page.written(machine, outcomes, paired), encoding="utf-8")
    return 0


sys.exit(main())
