"""What a warm POST /orders costs: CPU of the handler from event to answer, everything run but the HTTP transport.

Compared with the same order in the same process on the usual libraries (`bench/references/usual_order.py`), in turns,
so that whatever slows the machine down slows down both. The ratio is what can be quoted.
"""

import contextlib
import io
import logging
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from bench.transport import Stub
from kernel import aws
from tests.support.aws import ENVIRONMENT
from tests.support.functions import environment
from tests.support.lambda_events import CUSTOMER, LambdaContext, api_event
from tests.support.saga_stack import Stack

PLACE = "orders-place-order"
TARGET = 0.5
_TURN = 20
Handler = Callable[[dict[str, Any], Any], Any]


@dataclass(frozen=True)
class Handlers:
    """Both handlers, started, with what each of them sends."""

    ours: Handler
    usual: Handler
    sent_by_ours: Stub
    sent_by_usual: Stub


def measure(turns: int = 25) -> list[dict[str, Any]]:
    """One row: milliseconds of CPU a request, the median of the turns, and the ratio of the medians."""
    with started() as handlers:
        times: dict[str, list[float]] = {"ours": [], "usual": []}
        for number in range(turns + 1):
            for name, handler in (("ours", handlers.ours), ("usual", handlers.usual)):
                spent = _turn(handler, f"{name}-{number}")
                if number:  # the first turn warms up
                    times[name].append(spent)
    ours, usual = (statistics.median(times[name]) for name in ("ours", "usual"))
    return [
        {
            "request": "POST /orders",
            "cpu_ms": round(ours, 3),
            "usual_cpu_ms": round(usual, 3),
            "share": round(ours / usual, 3),
        }
    ]


def order_event(key: str, lines: int = 5) -> dict[str, Any]:
    """An order of a customer, as API Gateway hands it over."""
    body = {
        "lines": [{"sku": f"SKU-{number}", "quantity": 1} for number in range(lines)],
        "currency": "GBP",
        "shipping_method": "collect",
        "payment_method": "pm_card_visa",
    }
    headers = {"Content-Type": "application/json", "Idempotency-Key": key}
    return api_event("/orders", "POST", body=body, headers=headers, authorizer=CUSTOMER)


def _turn(handler: Handler, name: str) -> float:
    events = [order_event(f"{name}-{number}") for number in range(_TURN)]
    begun = time.process_time()
    for event in events:
        answer = handler(event, LambdaContext(function_name=PLACE))
        if answer["statusCode"] != 202:
            raise RuntimeError(f"the order was not taken: {answer['body']}")
    return (time.process_time() - begun) / _TURN * 1000


@contextlib.contextmanager
def started() -> Iterator[Handlers]:
    """Both handlers on stubbed transports; what they log is formatted and thrown away."""
    stack = Stack()
    with environment({**ENVIRONMENT, **stack.variables(PLACE), "LOG_LEVEL": "INFO"}), _no_screen():
        aws.reset()
        ours, usual = Stub(), Stub()
        handler = stack.handler(PLACE)
        for service in ("dynamodb", "stepfunctions"):
            ours.install(aws.client(service))
        ours.install(aws.client("lambda", 10.0))
        from bench.references import usual_order  # noqa: PLC0415 - makes its clients when it is imported

        for client in (usual_order.TABLE.meta.client, usual_order.SAGAS):
            usual.install(client)
        try:
            yield Handlers(handler, usual_order.handler, ours, usual)
        finally:
            aws.reset()


@contextlib.contextmanager
def _no_screen() -> Iterator[None]:
    with contextlib.redirect_stdout(io.StringIO()):
        yield
        for name in ("tests", "reference"):
            for handler in logging.getLogger(name).handlers:
                handler.flush()
