"""Orders whose execution never began, or died: the sweeper finds them, with the real handlers."""

from datetime import timedelta
from unittest import mock

import pytest

from kernel.errors import TransientError
from orders.application import sweep
from orders.step_functions import StepFunctionsSagas
from tests.saga.test_faults import waiting
from tests.saga.test_orders import cancelled
from tests.support.saga_books import assert_agree
from tests.support.saga_world import Shop, shop


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sweeper leaves a new order alone for a minute; these tests do not wait for it."""
    monkeypatch.setattr(sweep, "GRACE", timedelta(seconds=-1))


def test_an_order_whose_saga_did_not_start_is_started_once(open_shop: Shop) -> None:
    with mock.patch.object(StepFunctionsSagas, "start", side_effect=TransientError("throttled")):
        order_id = open_shop.place()
    assert open_shop.order(order_id)["status"] == "PENDING"
    assert open_shop.task("orders-sweep-orders", {})["started"] == 1
    assert open_shop.finish(order_id).status == "SUCCEEDED"
    assert "started" not in open_shop.task("orders-sweep-orders", {})
    assert open_shop.order(order_id)["status"] == "FULFILLING"
    assert_agree(open_shop, order_id)


def test_a_running_order_is_left_alone(open_shop: Shop) -> None:
    order_id = waiting(open_shop)
    assert open_shop.task("orders-sweep-orders", {})["running"] == 1
    open_shop.request("orders-pay-order", {"payment_method": "pm_card_visa"}, order_id=order_id)
    open_shop.finish(order_id)
    assert_agree(open_shop, order_id)


def test_an_order_whose_execution_was_stopped_is_undone() -> None:
    with shop(timeouts={"AwaitPayment": 3}) as opened:  # moto stops an execution when its present state ends
        order_id = waiting(opened)
        opened.executions.stop(order_id)
        died = opened.finish(order_id)
        assert (died.status, died.states[-1]) == ("FAILED", "AwaitPayment")  # AWS calls it ABORTED
        assert opened.order(order_id)["status"] == "PENDING"
        assert opened.task("orders-sweep-orders", {})["redriven"] == 1
        assert opened.finish(f"{order_id}-r1").states[:2] == ["Route", "CompensationRequested"]
        assert cancelled(opened, order_id) == ("technical_failure", "NONE")
        assert_agree(opened, order_id)
