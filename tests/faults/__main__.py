"""`make faults`: plays every case, prints the table, and writes docs/faults.md."""

import logging
import sys
from concurrent.futures import ProcessPoolExecutor

from rich.console import Console
from rich.table import Table

from tests.faults import page
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


def main() -> int:
    """1 when the books of a case do not agree; the page is then left as it was."""
    machine = order_saga()
    every = cases(machine)
    table = Table("state", "fault", "outcome")
    with ProcessPoolExecutor(2) as pool:
        outcomes = dict(zip(every, pool.map(_played, every), strict=True))
    for case, told in outcomes.items():
        table.add_row(case.state, case.fault.name, told)
    Console().print(table)
    if any(told.startswith("BROKEN") for told in outcomes.values()):
        return 1
    page.PAGE.write_text(page.written(machine, outcomes), encoding="utf-8")
    return 0


sys.exit(main())
