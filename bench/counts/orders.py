"""What an order of so many lines uses, from `POST /orders` to the last consumer of its last event."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from bench.counts.meter import Invocation, Meter, metered
from bench.counts.usage import Usage, total
from tests.support.aws import ENVIRONMENT
from tests.support.functions import environment
from tests.support.saga_events import Delivery
from tests.support.saga_machine import Run
from tests.support.saga_world import HOME, Shop, shop

SIZES = (1, 5, 25, 500)
_LAST = "payments-task-capture-payment"


@dataclass(frozen=True)
class Path:
    """Sums over a part of an order's way."""

    invocations: int
    dynamodb_calls: int
    dynamodb_operations: dict[str, int]
    read_units: float
    write_units: int
    transitions: int
    events: int
    event_bytes: int
    messages: int
    mails: int
    answer_bytes: int
    log_bytes: int
    stored_bytes: int

    @classmethod
    def of(cls, used: Usage, transitions: int) -> "Path":
        """What was used, with so many state transitions."""
        operations = Counter({name.partition(":")[2]: n for name, n in used.calls.items() if name[:9] == "dynamodb:"})
        return cls(
            invocations=used.invocations,
            dynamodb_calls=used.dynamodb_calls,
            dynamodb_operations=dict(sorted(operations.items())),
            read_units=used.read_units,
            write_units=used.write_units,
            transitions=transitions,
            events=used.events,
            event_bytes=used.event_bytes,
            messages=used.messages,
            mails=used.mails,
            answer_bytes=used.answer_bytes,
            log_bytes=used.log_bytes,
            stored_bytes=used.stored_bytes,
        )


@dataclass(frozen=True)
class Order:
    """An order of `lines` lines. `functions`: by name, what each used."""

    lines: int
    to_captured_payment: Path
    all: Path
    largest_state_bytes: int
    functions: dict[str, dict[str, float]]


def measure(sizes: Sequence[int] = SIZES) -> list[dict[str, Any]]:
    """One order a size, of a shop that has sold the same before: its functions know which SKUs there are."""
    found = []
    with selling(max(sizes)) as (opened, delivery, meter):
        for lines in sizes:
            wanted = [(f"BENCH-{number}", 1) for number in range(lines)]
            _sell(opened, delivery, meter, wanted)
            run = _sell(opened, delivery, meter, wanted)
            found.append(asdict(_order(lines, meter.invocations, run)))
    return found


def measure_partitions(orders: int = 12, lines: int = 5) -> list[dict[str, Any]]:
    """By table and index: how many partitions these orders wrote to, no two of them of one customer or one SKU.

    Fewer partitions than orders means that orders share them, however different they are: `write_units` is an order's.
    """
    written: Counter[tuple[str, str, str]] = Counter()
    with selling(orders * lines) as (opened, delivery, meter):
        for number in range(orders):
            wanted = [(f"BENCH-{number * lines + line}", 1) for line in range(lines)]
            _sell(opened, delivery, meter, wanted, email=f"customer-{number}@example.com")
            written.update(total(each.usage for each in meter.invocations).written)
    kinds = sorted({(table, index) for table, index, _ in written})
    return [_partitions(table, index, written, orders) for table, index in kinds]


def _partitions(table: str, index: str, written: Counter[tuple[str, str, str]], orders: int) -> dict[str, Any]:
    units = {key[2]: count for key, count in written.items() if key[:2] == (table, index)}
    return {
        "table": table,
        "index": index,
        "partitions": len(units),
        "orders": orders,
        "write_units": sum(units.values()) / orders,
    }


def hot_sku(lines: int = 1) -> int:
    """Write units that one order puts on the row of a SKU."""
    with selling(lines) as (opened, delivery, meter):
        _sell(opened, delivery, meter, [("BENCH-0", 1)])
        used = total(each.usage for each in meter.invocations).written
    return max(units for (_, index, key), units in used.items() if not index and "BENCH-0" in key)


@contextmanager
def selling(skus: int) -> Iterator[tuple[Shop, Delivery, Meter]]:
    """A shop with so many products, its deliveries, and the meter."""
    with environment({**ENVIRONMENT, "LOG_LEVEL": "INFO"}), shop() as opened:
        opened.sell({f"BENCH-{number}": 1000 for number in range(skus)}, on_hand=1000)
        delivery = Delivery(opened)
        with metered() as meter:
            yield opened, delivery, meter


def _sell(opened: Shop, delivery: Delivery, meter: Meter, wanted: Sequence[tuple[str, int]], **changes: Any) -> Run:
    """An order from its placing to the last consumer of its last event; the meter has what it used."""
    meter.forget()
    _, run = opened.buy(*wanted, shipping_method="standard", shipping_address=HOME, **changes)
    delivery.relay()
    delivery.consume()
    return run


def _order(lines: int, invocations: Sequence[Invocation], run: Run) -> Order:
    until = next(number for number, each in enumerate(invocations, 1) if each.function == _LAST)
    captured = total(each.usage for each in invocations[:until])
    used = total(each.usage for each in invocations)
    by_function: dict[str, dict[str, float]] = {}
    for each in invocations:
        row = by_function.setdefault(each.function, dict.fromkeys(("invocations", "calls", "reads", "writes"), 0))
        row["invocations"] += 1
        row["calls"] += each.usage.dynamodb_calls
        row["reads"] += each.usage.read_units
        row["writes"] += each.usage.write_units
    return Order(
        lines=lines,
        to_captured_payment=Path.of(captured, run.states.index("Captured?") + 1),
        all=Path.of(used, len(run.states)),
        largest_state_bytes=run.largest_state,
        functions=by_function,
    )
