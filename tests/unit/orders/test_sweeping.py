"""Orders without a running saga are found; sweeping twice changes nothing."""

from orders.application.sweep import MAX_REDRIVES
from orders.model import Status
from tests.unit.orders.support import Orders


def lost(shop: Orders) -> str:
    """An order whose saga could not be started."""
    shop.sagas.down = True
    order_id = shop.placed()
    shop.sagas.down = False
    return order_id


def test_an_order_whose_saga_did_not_start_is_started_after_a_minute(shop: Orders) -> None:
    order_id = lost(shop)
    shop.clock.advance(seconds=59)
    assert shop.sweep() == {"outcome": "swept"}
    shop.clock.advance(seconds=2)
    assert shop.sweep() == {"outcome": "swept", "started": 1}
    assert shop.sagas.started[order_id]["mode"] == "fulfil"
    assert shop.sweep() == {"outcome": "swept", "running": 1}
    assert len(shop.sagas.started) == 1


def test_an_execution_that_died_is_followed_by_one_that_compensates(shop: Orders) -> None:
    order_id = shop.placed()
    shop.confirm({"order_id": order_id, "payment": {"outcome": "authorised"}})
    shop.clock.advance(minutes=2)
    shop.sagas.statuses[order_id] = "FAILED"
    for _ in range(2):
        assert shop.sweep() == {"outcome": "swept", "redriven": 1}
    assert [name for name in shop.sagas.started if name != order_id] == [f"{order_id}-r1"]
    assert shop.sagas.started[f"{order_id}-r1"]["mode"] == "compensate"
    assert "cancellation" not in shop.sagas.started[f"{order_id}-r1"]


def test_what_keeps_dying_is_parked(shop: Orders) -> None:
    order_id = shop.placed()
    shop.clock.advance(minutes=2)
    shop.sagas.statuses[order_id] = "ABORTED"
    for attempt in range(1, MAX_REDRIVES + 1):
        assert shop.sweep()["redriven"] == 1
        shop.sagas.statuses[f"{order_id}-r{attempt}"] = "TIMED_OUT"
    assert shop.sweep() == {"outcome": "swept", "parked": 1}
    assert shop.get(order_id).status is Status.COMPENSATION_PARKED
    assert shop.sweep() == {"outcome": "swept"}


def test_a_finished_order_is_left_alone_also_when_the_index_lags(shop: Orders) -> None:
    order_id = shop.placed()
    shop.cancel({"order_id": order_id, "reason": "r", "detail": "d"})
    shop.sagas.statuses[order_id] = "SUCCEEDED"
    shop.clock.advance(minutes=2)
    shop.repository.open_before = lambda _moment: iter([order_id])  # type: ignore[method-assign,assignment]
    assert shop.sweep() == {"outcome": "swept", "closed": 1}


def test_one_order_that_cannot_be_swept_does_not_hold_up_the_others(shop: Orders) -> None:
    bad, good = lost(shop), lost(shop)
    shop.repository.drop_projection(bad)
    shop.clock.advance(minutes=2)
    shop.repository.open_before = lambda _moment: iter([bad, good])  # type: ignore[method-assign,assignment]
    assert shop.sweep() == {"outcome": "swept", "failed": 1, "started": 1}


def test_a_sweep_ends_before_its_time_is_up(shop: Orders) -> None:
    lost(shop)
    lost(shop)
    shop.clock.advance(minutes=2)
    shop.time_is_up = True
    assert shop.sweep() == {"outcome": "swept", "started": 1}
