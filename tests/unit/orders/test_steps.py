"""The saga's steps of the order: the same outcome however often, and also after the order has moved on."""

from typing import Any

import pytest

from kernel.errors import ConflictingWrite, TransientError
from orders.errors import TransitionRefused, UnknownOrder
from orders.model import Adjustment, PaymentStatus, RequestedLine, Status
from tests.unit.orders.support import STAFF, Orders, offer

AUTHORISED = {"outcome": "authorised", "payment_id": "pay_1"}
CAPTURED = {"outcome": "captured", "payment_id": "pay_1"}
SHIPMENT = {"outcome": "created", "shipment_id": "shp_1", "tracking": "T1"}


def test_pricing_twice_and_after_a_price_change_gives_the_first_snapshot(shop: Orders) -> None:
    order_id = shop.placed(RequestedLine("MUG", 2), RequestedLine("LAMP", 1), RequestedLine("MUG", 3))
    first = shop.price({"order_id": order_id})
    assert first["outcome"] == "priced"
    assert first["demand"] == {"MUG": 5, "LAMP": 1}
    assert first["total"]["amount"] == 5 * 1250 + 3000 + 995
    assert first["shipping"] == {"method": "standard", "country": "GB", "weight_grams": 5 * 300 + 2500}
    shop.catalogue.sell(offer(price=9999))
    assert shop.price({"order_id": order_id}) == first
    shop.confirm({"order_id": order_id, "payment": AUTHORISED})
    shop.fulfil({"order_id": order_id, "payment": CAPTURED, "shipment": SHIPMENT})
    assert shop.price({"order_id": order_id}) == first
    assert shop.history(order_id).count("OrderPriced") == 1


def test_a_product_that_left_since_the_order_was_taken_is_rejected(shop: Orders) -> None:
    order_id = shop.placed()
    del shop.catalogue.sold["MUG"]
    rejected = shop.price({"order_id": order_id})
    assert (rejected["outcome"], rejected["reason"]) == ("rejected", "unknown_sku")
    shop.cancel({"order_id": order_id, **rejected})
    assert shop.price({"order_id": order_id}) == rejected


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"adjustments": (Adjustment("D", "", -2896),)}, "negative_total"),
        ({"shipping_method": "express", "currency": "EUR"}, "shipping_currency"),
    ],
)
def test_what_only_pricing_can_know_is_rejected_with_a_reason(
    shop: Orders, fields: dict[str, Any], reason: str
) -> None:
    lines = (RequestedLine("CUP" if "currency" in fields else "MUG", 2),)
    order_id = shop.placed(*lines, caller=STAFF, **fields)
    rejected = shop.price({"order_id": order_id})
    assert (rejected["outcome"], rejected["reason"]) == ("rejected", reason)
    assert shop.history(order_id) == ["OrderPlaced"]


def test_what_is_collected_needs_no_address_and_costs_no_shipping(shop: Orders) -> None:
    order_id = shop.placed(shipping_method="collect", shipping_address=None)
    priced = shop.price({"order_id": order_id})
    assert priced["total"]["amount"] == 2500
    assert priced["shipping"]["country"] == "GB"


def test_steps_repeat_without_another_event_also_after_the_order_moved_on(shop: Orders) -> None:
    order_id = shop.placed()
    shop.price({"order_id": order_id})
    for _ in range(2):
        assert shop.confirm({"order_id": order_id, "payment": AUTHORISED}) == {"outcome": "confirmed"}
    for _ in range(2):
        fulfil = {"order_id": order_id, "payment": CAPTURED, "shipment": SHIPMENT}
        assert shop.fulfil(fulfil) == {"outcome": "fulfilling"}
    assert shop.confirm({"order_id": order_id, "payment": AUTHORISED}) == {"outcome": "confirmed"}
    for _ in range(2):
        cancel = {"order_id": order_id, "reason": "r", "detail": "d", "payment": {"outcome": "refunded"}}
        assert shop.cancel(cancel) == {"outcome": "cancelled"}
    assert shop.fulfil({"order_id": order_id}) == {"outcome": "fulfilling"}
    assert shop.history(order_id) == [
        "OrderPlaced",
        "OrderPriced",
        "OrderConfirmed",
        "OrderFulfilling",
        "OrderCancelled",
    ]


def test_a_cancelled_order_cannot_be_confirmed_or_fulfilled(shop: Orders) -> None:
    order_id = shop.placed()
    shop.cancel({"order_id": order_id, "reason": "out_of_stock", "detail": "no"})
    for step in (shop.confirm, shop.fulfil):
        with pytest.raises(TransitionRefused):
            step({"order_id": order_id, "payment": AUTHORISED})
    cancellation = shop.get(order_id).cancellation
    assert cancellation is not None
    assert (cancellation.reason, cancellation.detail) == ("out_of_stock", "no")


@pytest.mark.parametrize(
    ("payment", "status"),
    [
        ({"outcome": "declined", "payment_id": "pay_1", "reason": "card_declined"}, PaymentStatus.DECLINED),
        ({"outcome": "voided", "payment_id": "pay_1"}, PaymentStatus.VOIDED),
        ({"outcome": "refunded", "payment_id": "pay_1"}, PaymentStatus.REFUNDED),
        ({"status": "REFUNDED", "payment_id": "pay_1"}, PaymentStatus.REFUNDED),
        ({"outcome": "none"}, PaymentStatus.NONE),
        ({"outcome": "nothing"}, PaymentStatus.NONE),
        (None, PaymentStatus.NONE),
    ],
)
def test_a_cancelled_order_says_what_became_of_its_payment(
    shop: Orders, payment: dict[str, Any] | None, status: PaymentStatus
) -> None:
    order_id = shop.placed()
    shop.cancel({"order_id": order_id, "reason": "r", "detail": "d", "payment": payment})
    assert shop.get(order_id).payment.status is status


def test_a_reversal_that_says_nothing_leaves_the_payment_as_it_was(shop: Orders) -> None:
    order_id = shop.placed()
    shop.confirm({"order_id": order_id, "payment": AUTHORISED})
    shop.cancel({"order_id": order_id, "reason": "r", "detail": "d", "payment": {"outcome": "none"}})
    assert shop.get(order_id).payment.status is PaymentStatus.AUTHORISED


def test_a_parked_order_keeps_its_reason_when_the_redrive_cancels_it(
    shop: Orders, capsys: pytest.CaptureFixture[str]
) -> None:
    order_id = shop.placed()
    parked = {
        "order_id": order_id,
        "cancellation": {"reason": "capture_failed", "detail": "no", "payment": {"result": {"outcome": "none"}}},
        "parked": {"reverse_payment": {"Error": "TransientError", "Cause": "stack"}},
    }
    assert shop.park(parked) == {"outcome": "parked"}
    assert '"OrdersParked"' in capsys.readouterr().out
    assert shop.park(parked) == {"outcome": "parked"}
    assert shop.get(order_id).status is Status.COMPENSATION_PARKED
    redriven = shop.redrive({"order_id": order_id})
    assert redriven == {"outcome": "redriven", "execution": f"{order_id}-r1"}
    assert shop.redrive({"order_id": order_id}) == redriven
    assert shop.sagas.started[f"{order_id}-r1"]["mode"] == "compensate"
    assert shop.sagas.started[f"{order_id}-r1"]["cancellation"]["reason"] == "capture_failed"
    shop.sagas.statuses[f"{order_id}-r1"] = "FAILED"
    assert shop.redrive({"order_id": order_id})["execution"] == f"{order_id}-r2"
    shop.cancel({"order_id": order_id, "reason": "technical_failure", "detail": "other"})
    cancellation = shop.get(order_id).cancellation
    assert cancellation is not None
    assert cancellation.reason == "capture_failed"
    assert shop.redrive({"order_id": order_id}) == {"outcome": "not_parked", "status": "CANCELLED"}
    assert shop.park(parked) == {"outcome": "cancelled"}


def test_a_step_of_an_unknown_order_is_a_fault(shop: Orders) -> None:
    with pytest.raises(UnknownOrder):
        shop.confirm({"order_id": "ord_none"})


def test_a_lost_race_is_decided_anew(shop: Orders, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = shop.placed()
    append = shop.repository.append
    raced: list[bool] = []

    def racing(*arguments: Any) -> None:
        if not raced:
            raced.append(True)
            shop.cancel({"order_id": order_id, "reason": "first", "detail": ""})
        append(*arguments)

    monkeypatch.setattr(shop.repository, "append", racing)
    assert shop.cancel({"order_id": order_id, "reason": "second", "detail": ""}) == {"outcome": "cancelled"}
    assert shop.history(order_id) == ["OrderPlaced", "OrderCancelled"]


def test_a_race_that_never_ends_is_a_transient_fault(shop: Orders, monkeypatch: pytest.MonkeyPatch) -> None:
    order_id = shop.placed()

    def lost(*arguments: Any) -> None:
        raise ConflictingWrite(order_id)

    monkeypatch.setattr(shop.repository, "append", lost)
    with pytest.raises(TransientError):
        shop.confirm({"order_id": order_id})
