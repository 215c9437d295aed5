"""A sale that went wrong is found, each way it can; one that went well is not."""

from typing import Any

import pytest

from bench.invariants import Level, broken

SOLD: dict[str, Any] = {"order_id": "ord_1", "status": "FULFILLING", "lines": [{"sku": "HOT", "quantity": 1}]}


def lost(reason: str = "out_of_stock", detail: str = "not enough in stock: HOT", status: str = "CANCELLED") -> Any:
    return {**SOLD, "order_id": "ord_2", "status": status, "cancellation": {"reason": reason, "detail": detail}}


@pytest.mark.parametrize(
    ("orders", "level"),
    [
        ([SOLD, SOLD, lost()], Level(0, 0, 0)),
        ([SOLD, lost(), lost("payment_declined", "")], Level(1, 0, 1)),
        ([], Level(2, 0, 2)),
    ],
)
def test_a_sale_that_agrees(orders: list[Any], level: Level) -> None:
    assert broken("HOT", 2, orders, level) == []


@pytest.mark.parametrize(
    ("orders", "level", "told"),
    [
        ([SOLD] * 3, Level(-1, 0, -1), "3 sold of 2"),
        ([SOLD], Level(2, 0, 2), "1 sold and 2 on hand of 2"),
        ([SOLD], Level(0, 0, 0), "1 sold and 0 on hand of 2"),
        ([SOLD], Level(1, 1, 0), "1 still reserved after the last order ended"),
        ([SOLD, SOLD, lost(status="COMPENSATION_PARKED")], Level(0, 0, 0), "ord_2: ended as COMPENSATION_PARKED"),
        ([SOLD, SOLD, lost(detail="sorry")], Level(0, 0, 0), "ord_2: out of stock, but the detail does not say so"),
        ([SOLD, SOLD, lost("technical_failure")], Level(0, 0, 0), "ord_2: cancelled for technical_failure"),
    ],
)
def test_a_sale_that_does_not(orders: list[Any], level: Level, told: str) -> None:
    assert told in broken("HOT", 2, orders, level)
