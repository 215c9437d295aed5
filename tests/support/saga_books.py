"""Whether a shop's books agree: the provider's record, the payment, the stock, the parcel, the order and its events."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from inventory.dynamo import DynamoReservations, DynamoStockLevels
from inventory.reservation import State
from payments.dynamo import DynamoSandboxRecord as ProviderBooks
from payments.ports import ChargeStatus
from shipping.dynamo import DynamoSandboxRecord as CarrierBooks


class Books(Protocol):
    """A shop whose books can be read: the one in this process, or a running stack."""

    @property
    def stocked(self) -> Mapping[str, int]:
        """What was on hand of each SKU before anybody ordered."""
        ...

    def order(self, order_id: str) -> Mapping[str, Any]:
        """The order as staff see it."""
        ...

    def payment(self, order_id: str) -> Mapping[str, Any] | None:
        """The payment as staff see it, None where there is none."""
        ...

    def history(self, order_id: str) -> Sequence[Mapping[str, Any]]:
        """The order's events, oldest first."""
        ...


OPEN = {State.HOLDING, State.HELD, State.COMMITTING, State.LAPSING, State.RELEASING}
ENDED = {"FULFILLING", "CANCELLED"}

PAYMENT_OF_CHARGE: Mapping[str, set[tuple[str | None, str]]] = {
    # No charge: nobody asked, the order ended before anybody did, or the provider never got the call.
    "NOTHING": {(None, "NONE"), ("VOIDED", "NONE"), ("DECLINED", "DECLINED")},
    "DECLINED": {("DECLINED", "DECLINED")},
    "AUTHORISED": {("AUTHORISED", "AUTHORISED")},
    "VOIDED": {("VOIDED", "VOIDED")},
    "CAPTURED": {("CAPTURED", "CAPTURED")},
    "REFUNDED": {("REFUNDED", "REFUNDED")},
}
"""The provider's word to what payment and order may then say."""


def charge_of(order_id: str) -> str:
    """The provider's own word on an order's charge; money that went back is `REFUNDED`."""
    charge = ProviderBooks().get(f"sbx_{order_id.partition('_')[2]}")
    if charge is None:
        return "NOTHING"
    given_back = sum(charge.refunds.values())
    if charge.status is ChargeStatus.CAPTURED and given_back:
        assert given_back == charge.amount.amount
        return "REFUNDED"
    return charge.status.value


def assert_agree(shop: Books, *order_ids: str, held: bool = False) -> None:
    """Everything agrees, nothing is left over. `held`: the orders are parked, so stock and money may still be held."""
    sold: Counter[str] = Counter()
    for order_id in order_ids:
        order = shop.order(order_id)
        assert order["status"] in ENDED or (held and order["status"] == "COMPENSATION_PARKED"), order
        _assert_money(shop, order, held=held)
        _assert_parcel(order, held=held)
        _assert_events(shop, order)
        sold += _assert_reservation(order, held=held)
    levels = DynamoStockLevels().many(shop.stocked)
    for sku, stocked in shop.stocked.items():
        assert levels[sku].on_hand == stocked - sold[sku], sku
        assert held or levels[sku].reserved == 0, sku


def _assert_money(shop: Books, order: Mapping[str, Any], *, held: bool) -> None:
    payment = shop.payment(order["order_id"])
    charge = charge_of(order["order_id"])
    if not held:
        told = (payment["status"] if payment else None, order["payment"]["status"])
        assert told in PAYMENT_OF_CHARGE[charge], (charge, told)
        assert (charge == "CAPTURED") == (order["status"] == "FULFILLING")
    if payment and payment["status"] not in ("DECLINED", "VOIDED"):
        assert payment["amount"] == order["total"]


def _assert_parcel(order: Mapping[str, Any], *, held: bool) -> None:
    consignment = CarrierBooks().get(f"sbx_{order['order_id'].partition('_')[2]}")
    on_its_way = consignment is not None and not consignment.cancelled
    sent = order["status"] == "FULFILLING" and order["shipping_method"] != "collect"
    assert held or on_its_way == sent
    assert (order["shipment"] is not None) >= sent


def _assert_reservation(order: Mapping[str, Any], *, held: bool) -> Counter[str]:
    """What the order took off the shelf for good."""
    reservation = DynamoReservations().find(order["order_id"])
    if order["status"] == "FULFILLING":
        assert reservation is not None
        assert reservation.state is State.COMMITTED
        return Counter(reservation.demand)
    if held and reservation is not None and reservation.state is State.COMMITTED:
        return Counter(reservation.demand)
    assert held or reservation is None or reservation.state not in {*OPEN, State.COMMITTED}
    return Counter()


def _assert_events(shop: Books, order: Mapping[str, Any]) -> None:
    """The history is whole, in order, and each transition is in it once."""
    history = shop.history(order["order_id"])
    assert [event["sequence"] for event in history] == list(range(1, order["version"] + 1))
    names = [event["name"] for event in history]
    assert len(set(names)) == len(names), names
    last = {"FULFILLING": "OrderFulfilling", "CANCELLED": "OrderCancelled", "COMPENSATION_PARKED": "OrderParked"}
    assert names[-1] == last[order["status"]]
    assert {event["correlation_id"] for event in history} == {history[0]["correlation_id"]}
