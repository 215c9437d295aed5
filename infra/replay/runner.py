"""Sends a plan through the public API, waits until every order is captured, and compares stock and money."""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from infra.replay.api import Api, ApiError
from infra.replay.plan import Correction, Order, Plan, Return

PRODUCT_BATCH = 500
_CAPTURE_DEADLINE = 180.0  # seconds from placing to captured before the replay calls it a mismatch
_FIRST_POLL, _LAST_POLL = 0.25, 2.0
_FINAL = frozenset({"CANCELLED", "REFUNDED", "COMPENSATION_PARKED"})

Advance = Callable[[str], None]
"""Called with a stage's name each time one thing of it is done."""


@dataclass
class Outcome:
    """What the replay saw. `orders`: invoice → order id; `captured` in pence; `mismatches`: what does not balance."""

    orders: dict[str, str] = field(default_factory=dict)
    captured: dict[str, int] = field(default_factory=dict)
    mismatches: list[dict[str, Any]] = field(default_factory=list)
    seconds: float = 0.0
    order_seconds: float = 0.0


class Replay:
    """One run of one plan. `key` makes its idempotency keys: the same file again is answered from what was stored."""

    def __init__(self, api: Api, plan: Plan, key: str, workers: int, advance: Advance) -> None:
        self._api = api
        self._plan = plan
        self._key = key
        self._slots = asyncio.Semaphore(workers)
        self._advance = advance
        self.outcome = Outcome()

    async def run(self) -> Outcome:
        """Products, stock, then everything in time order, then the comparison."""
        begun = time.monotonic()
        await self._products()
        stocked = dict(await self._all(self._stock(sku, units) for sku, units in self._plan.stock.items()))
        first_order = time.monotonic()
        await self._steps()
        self.outcome.order_seconds = time.monotonic() - first_order
        await self._all(self._compare_stock(sku, units) for sku, units in self._expected_stock(stocked).items())
        self.outcome.seconds = time.monotonic() - begun
        return self.outcome

    async def _all(self, jobs: Iterable[Coroutine[Any, Any, Any]]) -> list[Any]:
        """Run the jobs at once, within the workers' slots."""

        async def slotted(job: Coroutine[Any, Any, Any]) -> Any:
            async with self._slots:
                return await job

        return await asyncio.gather(*(slotted(job) for job in jobs))

    async def _products(self) -> None:
        for number, batch in enumerate(_batches(self._plan.products, PRODUCT_BATCH)):
            answer = await self._api.post(
                "/products/batch", {"products": list(batch)}, f"products-{self._key}-{number}"
            )
            failed = [item for item in answer["items"] if item["status"] == "failed"]
            for item in failed:
                self._mismatch("product", item["sku"], detail=item)
            for _ in batch:
                self._advance("products")

    async def _stock(self, sku: str, units: int) -> tuple[str, int]:
        """Provide stock; returns the units on hand right after, which a repeated run is told again."""
        answer = await self._adjust(sku, units, "replay: opening stock", f"stock-{self._key}-{sku}")
        self._advance("stock")
        return sku, int(answer["on_hand"])

    async def _adjust(self, sku: str, delta: int, reason: str, key: str) -> dict[str, Any]:
        return await self._api.post(
            f"/inventory/{_quoted(sku)}/adjust", {"delta": delta, "reason": reason}, key.replace(" ", "_")
        )

    async def _steps(self) -> None:
        """Everything in time order: a customer's orders one after the other, different customers' side by side."""
        latest: dict[str, asyncio.Task[None]] = {}
        running: list[asyncio.Task[None]] = []
        for step in self._plan.steps:
            await self._slots.acquire()
            key = step.customer if isinstance(step, Order) and step.customer else ""
            task = asyncio.create_task(self._step(step, latest.get(key) if key else None))
            task.add_done_callback(lambda _: self._slots.release())
            running.append(task)
            if key:
                latest[key] = task
        await asyncio.gather(*running)

    async def _step(self, step: Order | Correction, before: "asyncio.Task[None] | None") -> None:
        if before is not None:
            await asyncio.wait([before])
        try:
            if isinstance(step, Order):
                await self._order(step)
                self._advance("orders")
            else:
                await self._correct(step)
                self._advance("corrections")
        except ApiError as error:
            self._mismatch("refused", step.invoice, detail=str(error))

    async def _correct(self, step: Correction) -> None:
        reason = f"replay: correction of invoice {step.invoice}"
        await self._adjust(step.sku, step.delta, reason, f"correction-{self._key}-{step.invoice}-{step.index}")

    async def _order(self, order: Order) -> None:
        accepted = await self._api.post("/orders", order.body, f"invoice-{self._key}-{order.invoice}")
        order_id = self.outcome.orders[order.invoice] = str(accepted["order_id"])
        final = await self._captured(order_id)
        if final["payment"]["status"] != "CAPTURED":
            self._mismatch(
                "not captured", order.invoice, order_id=order_id, status=final["status"], why=final.get("cancellation")
            )
            return
        payment = await self._api.get(f"/payments/{final['payment']['payment_id']}")
        taken = payment["amount"]["amount"] if payment["status"] == "CAPTURED" else 0
        captured = self.outcome.captured[order.invoice] = int(taken)
        if not order.expected == captured == final["total"]["amount"]:
            self._mismatch(
                "amount", order.invoice, expected=order.expected, captured=captured, total=final["total"]["amount"]
            )

    async def _captured(self, order_id: str) -> dict[str, Any]:
        deadline = time.monotonic() + _CAPTURE_DEADLINE
        pause = _FIRST_POLL
        while True:
            order = await self._api.get(f"/orders/{order_id}")
            done = order["payment"]["status"] == "CAPTURED" or order["status"] in _FINAL
            if done or time.monotonic() > deadline:
                return order
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, _LAST_POLL)

    def _expected_stock(self, stocked: Mapping[str, int]) -> dict[str, int]:
        change = self._plan.expected_change()
        return {sku: units + change.get(sku, 0) for sku, units in stocked.items()}

    async def _compare_stock(self, sku: str, expected: int) -> None:
        level = await self._api.get(f"/inventory/{_quoted(sku)}")
        if (level["on_hand"], level["reserved"], level["available"]) != (expected, 0, expected):
            self._mismatch("stock", sku, expected=expected, level=level)
        self._advance("stock checked")

    def _mismatch(self, kind: str, subject: str, **facts: Any) -> None:
        self.outcome.mismatches.append({"kind": kind, "subject": subject, **facts})


def report(plan: Plan, outcome: Outcome) -> dict[str, Any]:
    """`.local/replay.json`: sums in pence, `orders_per_second` from the first order placed to the last captured."""
    captured = sum(outcome.captured.values())
    return {
        "invoices": plan.invoices,
        "orders_placed": len(outcome.orders),
        "orders_captured": len(outcome.captured),
        "lines": sum(order.line_count for order in plan.orders),
        "guests": sum(not order.customer for order in plan.orders),
        "adjustments": len(plan.corrections),
        "service_lines": sum(len(order.body.get("adjustments", ())) for order in plan.orders),
        "returns_pending": len({each.invoice for each in plan.returns}),
        "revenue": {"expected": plan.expected_revenue, "captured": captured, "currency": "GBP"},
        "mismatches": outcome.mismatches,
        "seconds": round(outcome.seconds, 2),
        "orders_per_second": round(len(outcome.captured) / outcome.order_seconds, 2) if outcome.order_seconds else 0.0,
        "returns": [_return(each, outcome) for each in plan.returns],
    }


def _return(each: Return, outcome: Outcome) -> dict[str, Any]:
    return {
        "invoice": each.invoice,
        "sku": each.sku,
        "quantity": each.quantity,
        "amount": each.amount,
        "purchase": each.purchase,
        "order_id": outcome.orders.get(each.purchase or ""),
    }


def _batches(items: Sequence[dict[str, Any]], size: int) -> Iterable[Sequence[dict[str, Any]]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _quoted(sku: str) -> str:
    return quote(sku, safe="")
