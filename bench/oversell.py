"""`python -m bench.oversell`: a rush for one SKU on a local stack of its own, split further while it sells.

Buyers order one unit each, some with cards that are declined or time out. When all orders have ended, no more may be
sold than there was, nothing may be lost, every loser must know why, and all books must agree.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx

from bench import invariants
from bench.load import books
from bench.load.__main__ import MOST_SHOPPERS, Refused, checked
from infra.local.stack import local_stack
from tests.e2e.client import Shop

MOST_BUYERS = 5_000
TRIES = 6
AGAIN = {401, 429, 500, 502, 503, 504}
"""Answers after which the same request may do better."""
SETTLE_SECONDS = 1_800
CARDS = (
    *("pm_card_visa",) * 6,
    "pm_card_declined",
    "pm_card_timeout_after_charge",
    "pm_card_timeout_before_charge",
    "pm_card_capture_fails",
)
SPLITS = (2, 4, 8)
"""The shards that the SKU gets after each quarter of the orders."""


class PatientShop(Shop):
    """Asks again when a busy machine does not answer in time, and logs in again when a token has run out.

    Every request here may be repeated: orders carry their key, the rest is reading or sets what it says.
    """

    def call(self, method: str, path: str, *, who: str | None = None, **arguments: Any) -> httpx.Response:
        """As `Shop.call`. Raises `httpx.TransportError` when there is no answer after all tries."""
        for attempt in range(1, TRIES):
            with suppress(httpx.TransportError):
                answer = super().call(method, path, who=who, **arguments)
                if answer.status_code not in AGAIN:
                    return answer
                if answer.status_code == httpx.codes.UNAUTHORIZED:
                    self._tokens.pop(who or "", None)
            time.sleep(attempt)
        return super().call(method, path, who=who, **arguments)


def run(stack: Mapping[str, Any], buyers: int, units: int, at_once: int) -> dict[str, Any]:
    """The rush, its end and what was found. Raises `AssertionError` when anything does not agree."""
    checked((), stack["api_url"])
    if buyers > MOST_BUYERS or at_once > MOST_SHOPPERS:
        raise Refused(f"at most {MOST_BUYERS} buyers, {MOST_SHOPPERS} at once")
    shop = PatientShop(stack)
    sku = shop.product(stock=units)
    began = time.monotonic()
    with ThreadPoolExecutor(at_once) as pool:
        placed = list(pool.map(lambda number: _buy(shop, sku, number, buyers), range(buyers)))
    placed_after = time.monotonic() - began
    orders = [order_id for order_id in placed if order_id]
    running = books.RunningShop(shop, {sku: units})
    ended = books.settle(running, orders, SETTLE_SECONDS)
    settled_after = time.monotonic() - began
    seen = [running.order(order_id) for order_id in orders]
    level = invariants.Level(*shop.stock(sku))
    wrong = invariants.broken(sku, units, seen, level)
    if wrong:
        raise AssertionError(wrong)
    books.compare(running, stack, orders)
    reasons = Counter(str(order["cancellation"]["reason"]) for order in seen if order["status"] == "CANCELLED")
    return {
        "buyers": buyers,
        "units": units,
        "at_once": at_once,
        "refused_at_the_door": buyers - len(orders),
        "ended": dict(ended),
        "cancelled_for": dict(sorted(reasons.items())),
        "on_hand": level.on_hand,
        "rows": _split(shop, sku, SPLITS[-1])["rows"],
        "seconds_to_place": round(placed_after, 1),
        "seconds_to_end": round(settled_after, 1),
    }


def _buy(shop: Shop, sku: str, number: int, buyers: int) -> str:
    """One buyer's order; its id, "" when the API said no. Every quarter of the way staff split the SKU first."""
    quarter = max(1, buyers // (len(SPLITS) + 1))
    if number and number % quarter == 0 and number // quarter <= len(SPLITS):
        _split(shop, sku, SPLITS[number // quarter - 1])
    body = {
        "lines": [{"sku": sku, "quantity": 1}],
        "currency": "GBP",
        "shipping_method": "collect",
        "payment_method": CARDS[number % len(CARDS)],
        "email": f"buyer-{number}@example.com",
    }
    answer = shop.place(body, who=None, key=f"{sku}-{number}")
    return str(answer.json()["order_id"]) if answer.status_code == 202 else ""


def _split(shop: Shop, sku: str, shards: int) -> dict[str, Any]:
    answer = shop.call("PUT", f"/inventory/{sku}/shards", who="staff", json={"shards": shards})
    answer.raise_for_status()
    found: dict[str, Any] = answer.json()
    return found


def main(arguments: list[str] | None = None) -> int:
    """Run and print. 0 when everything agrees, 1 when it does not, 2 for a run that is refused."""
    parser = argparse.ArgumentParser(prog="python -m bench.oversell", description=__doc__)
    parser.add_argument("--buyers", type=int, default=2_000, help="orders of one unit each")
    parser.add_argument("--units", type=int, default=500, help="units there are")
    parser.add_argument("--at-once", type=int, default=16, help="requests under way at once")
    options = parser.parse_args(arguments)
    try:
        with tempfile.TemporaryDirectory(prefix="agora-oversell-") as name, local_stack(Path(name)) as stack:
            found = run(stack.description, options.buyers, options.units, options.at_once)
    except Refused as error:
        print(error, file=sys.stderr)
        return 2
    except (AssertionError, books.NotSettled, httpx.HTTPError) as error:
        print(f"the sale does not agree: {error!r}", file=sys.stderr)
        return 1
    print(json.dumps(found, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
