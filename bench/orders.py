"""What an order costs, counted from intercepted calls: the shipped saga with the real handlers on a mocked AWS.

Counted is the order's own path from `POST /orders` (warm: its SKUs are known to exist) to the captured payment. Relays
and consumers come on top, batched with those of other orders; so does the end of the saga, for which nobody waits.
"""

from typing import Any

from tests.support.aws import ENVIRONMENT
from tests.support.functions import environment
from tests.support.saga_world import Shop, shop

SIZES = (1, 5, 25, 500)
_LAST = "payments-task-capture-payment"


def measure() -> list[dict[str, Any]]:
    """One row an order size."""
    with environment({**ENVIRONMENT, "LOG_LEVEL": "ERROR"}), shop() as opened:
        opened.sell({f"BENCH-{number}": 1000 for number in range(max(SIZES))}, on_hand=100)
        return [_row(opened, size) for size in SIZES]


def _row(opened: Shop, lines: int) -> dict[str, Any]:
    wanted = [(f"BENCH-{number}", 1) for number in range(lines)]
    opened.buy(*wanted)  # warms the functions that remember
    opened.forget()
    order_id, run = opened.buy(*wanted)
    called = opened.bridge.called
    # The sandbox provider's calls to its own books are not the order's: a real provider's are not ours.
    stored = [call.function for call in opened.calls if not call.table.endswith("-sandbox")]
    return {
        "lines": lines,
        "invocations": called.index(_LAST) + 1,
        "dynamodb_calls": _until_last(stored),
        "transitions": run.states.index("Captured?") + 1,
        "largest_state_bytes": run.largest_state,
        "invocations_to_the_end": len(called),
        "transitions_to_the_end": len(run.states),
        "events_of_the_order": len(opened.history(order_id)),
    }


def _until_last(functions: list[str]) -> int:
    """How many calls were made up to the last one of the capture."""
    return len(functions) - functions[::-1].index(_LAST)
