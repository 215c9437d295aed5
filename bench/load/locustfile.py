"""What shoppers do, for locust: look around, look closer, order, and look after the order.

Runs in the environment `load`. `bench.load` starts it and says everything in variables: AGORA_LOAD_API, _KEY, _SKUS
(comma between), _STEPS (`users:seconds`, comma between) and _OUT, the file that gets one JSON line for each request.
"""

# ruff: noqa: S311 - a mix of requests, no secrets
from __future__ import annotations

import itertools
import json
import os
import random
import time
import uuid
from pathlib import Path
from typing import Any

from locust import LoadTestShape, constant, events, task
from locust.contrib.fasthttp import FastHttpUser

STEPS = [tuple(int(part) for part in step.split(":")) for step in os.environ["AGORA_LOAD_STEPS"].split(",")]
SKUS = os.environ["AGORA_LOAD_SKUS"].split(",")
KEY = {"x-api-key": os.environ["AGORA_LOAD_KEY"]}
SECONDS = 30
CARDS = ("pm_card_visa",) * 9 + ("pm_card_declined",)
"""One order in ten is declined, so that compensations run under load too."""

_began = time.time()
_numbers = itertools.count(1)
# Open as long as the process is, and written line by line: locust leaves without closing files.
_out = Path(os.environ["AGORA_LOAD_OUT"]).open("a", buffering=1, encoding="utf-8")  # noqa: SIM115


def step_at(seconds: float) -> int:
    """The number of the step that runs at this time; the number of steps once all are over."""
    ends = itertools.accumulate(length for _, length in STEPS)
    return next((number for number, end in enumerate(ends) if seconds < end), len(STEPS))


class Staircase(LoadTestShape):  # type: ignore[misc]
    """One step after the other, and the end."""

    def tick(self) -> tuple[int, float] | None:
        """How many shoppers there are now, and how many join in a second."""
        number = step_at(self.get_run_time())
        return (STEPS[number][0], float(STEPS[number][0])) if number < len(STEPS) else None


class Shopper(FastHttpUser):  # type: ignore[misc]
    """Asks for the next thing as soon as it has the last: as many shoppers are as many requests under way."""

    host = os.environ["AGORA_LOAD_API"]
    wait_time = constant(0)
    connection_timeout = network_timeout = SECONDS

    @task(4)  # type: ignore[untyped-decorator]
    def browse(self) -> None:
        """A page of the catalogue."""
        self.client.get("/products?limit=20", headers=KEY, name="GET /products")

    @task(4)  # type: ignore[untyped-decorator]
    def look_closer(self) -> None:
        """One product."""
        self.client.get(f"/products/{random.choice(SKUS)}", headers=KEY, name="GET /products/{sku}")

    @task(1)  # type: ignore[untyped-decorator]
    def order(self) -> None:
        """An order of one to three products, and a look at what became of it."""
        headers = {**KEY, "Idempotency-Key": str(uuid.uuid4())}
        placed = self.client.post("/orders", json=_order(), headers=headers, name="POST /orders")
        if placed.status_code == 202:
            link = placed.json()["links"]["self"]
            path = link[link.index("/orders") :]
            self.client.get(path, headers=KEY, name="GET /orders/{order_id}")


def _order() -> dict[str, Any]:
    chosen = random.sample(SKUS, random.randint(1, min(3, len(SKUS))))
    return {
        "lines": [{"sku": sku, "quantity": random.randint(1, 2)} for sku in chosen],
        "currency": "GBP",
        "shipping_method": "collect",
        "payment_method": random.choice(CARDS),
        "email": f"shopper-{os.getpid()}-{next(_numbers)}@example.com",
    }


@events.request.add_listener  # type: ignore[untyped-decorator]
def note(name: str, response_time: float, response: Any, exception: Any, **_: Any) -> None:
    """Write down one request: when it ended, what it was, how long it took, and for an order which one it made."""
    status = getattr(response, "status_code", 0)
    line = {"at": time.time() - _began, "route": name, "ms": response_time, "status": status}
    if exception is not None:
        line["error"] = type(exception).__name__
    if name == "POST /orders" and status == 202:
        line["order_id"] = response.json()["order_id"]
    print(json.dumps(line), file=_out)
