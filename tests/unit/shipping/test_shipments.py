"""Handing parcels to the carrier and taking them back: refusals, lost answers, repetition, and who was faster."""

from dataclasses import replace

import pytest

from kernel.errors import TransientError, UnknownOutcome
from shipping.errors import CarrierTimeout, IllegalTransition
from shipping.model import TRANSITIONS, Parcel, Shipment, ShipmentStatus
from shipping.ports import Consignment
from shipping.sandbox import TIMEOUT_AFTER, TIMEOUT_BEFORE
from tests.unit.shipping.support import NOW, PARCEL, Shop


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest.mark.parametrize("before", ShipmentStatus)
@pytest.mark.parametrize("after", ["created", "refused", "cancelled"])
def test_only_the_moves_of_the_table_are_possible(before: ShipmentStatus, after: str) -> None:
    shipment = replace(Shipment.of_order("ord_01JD7Z8Q0R9V4M2T6X8Y0A1B2C", NOW, PARCEL), status=before)
    moves = {
        "created": lambda: shipment.created("ref", "tracking", NOW),
        "refused": lambda: shipment.refused("no", NOW),
        "cancelled": lambda: shipment.cancelled("why", NOW),
    }
    if ShipmentStatus(after.upper()) in TRANSITIONS[before]:
        assert moves[after]().status == after.upper()
    else:
        with pytest.raises(IllegalTransition):
            moves[after]()


def test_a_parcel_is_handed_over_once(shop: Shop) -> None:
    first = shop.create()
    tail = shop.order_id[4:]
    assert first.to_dict() == {"outcome": "created", "shipment_id": f"shp_{tail}", "tracking": f"AG{tail}GB"}
    assert shop.create() == first
    assert shop.line.calls == ["create"]
    assert shop.told == ["ShipmentCreated"]


@pytest.mark.parametrize(
    ("parcel", "reason"),
    [
        (Parcel("standard", "AQ", 100), "destination_not_served"),
        (Parcel("collect", "GB", 100), "nothing_to_ship"),
        (Parcel("pigeon", "GB", 100), "unknown_shipping_method"),
        (Parcel("standard", "GB", -1), "weight_invalid"),
    ],
)
def test_a_refusal_is_an_outcome_with_its_reason(shop: Shop, parcel: Parcel, reason: str) -> None:
    first = shop.create(parcel)
    assert (first.outcome, first.reason) == ("refused", reason)
    assert shop.create(parcel) == first
    assert shop.consignment is None
    assert shop.told == []
    assert shop.cancel().outcome == "nothing"


def test_a_parcel_whose_answer_was_lost_is_found(shop: Shop) -> None:
    assert shop.create(replace(PARCEL, postcode=TIMEOUT_AFTER)).outcome == "created"
    assert shop.line.calls == ["create", "find"]


def test_a_carrier_that_does_not_answer_and_knows_nothing_is_asked_again_later(shop: Shop) -> None:
    with pytest.raises(TransientError):
        shop.create(replace(PARCEL, postcode=TIMEOUT_BEFORE))
    assert shop.line.calls == ["create", "find", "create", "find"]
    assert (shop.consignment, shop.told) == (None, [])
    assert shop.cancel().outcome == "nothing"


def test_a_carrier_that_cannot_even_be_asked_leaves_the_outcome_open(shop: Shop) -> None:
    shop.line.lose_answers.update(create=1, find=1)
    with pytest.raises(UnknownOutcome) as caught:
        shop.create()
    assert not isinstance(caught.value, CarrierTimeout)
    assert shop.create().outcome == "created"
    assert len(shop.record.consignments) == 1


def test_cancelling_takes_the_parcel_back_once(shop: Shop) -> None:
    shop.create()
    first = shop.cancel()
    assert first.to_dict() == {"outcome": "cancelled", "shipment_id": shop.shipment.shipment_id}
    assert shop.cancel() == first
    assert shop.line.calls.count("cancel") == 1
    assert shop.told == ["ShipmentCreated", "ShipmentCancelled"]
    assert [event.sequence for event in shop.shipments.events] == [1, 2]


def test_cancelling_what_was_never_asked_keeps_a_late_request_out(shop: Shop) -> None:
    assert [shop.cancel().outcome, shop.cancel().outcome] == ["nothing", "nothing"]
    outcome = shop.create()
    assert (outcome.outcome, outcome.reason) == ("refused", "shipment_cancelled")
    assert shop.consignment is None
    assert shop.told == []


def test_a_parcel_that_nobody_recorded_is_found_and_cancelled(shop: Shop) -> None:
    shop.line.lose_answers.update(create=1, find=1)
    with pytest.raises(UnknownOutcome):
        shop.create()
    assert shop.cancel().outcome == "cancelled"
    assert shop.consignment is not None
    assert shop.consignment.cancelled
    assert shop.cancel().outcome == "cancelled"


def test_a_cancellation_in_the_middle_of_a_create_wins(shop: Shop) -> None:
    shop.line.meanwhile["create"] = shop.cancel
    assert shop.create().outcome == "refused"
    assert shop.consignment is not None
    assert shop.consignment.cancelled
    assert shop.shipment.status is ShipmentStatus.CANCELLED


def test_a_cancellation_that_saw_nothing_is_respected_by_the_late_parcel(shop: Shop) -> None:
    real = shop.line.carrier

    class Slow:
        name = "slow"

        def __getattr__(self, name: str) -> object:
            return getattr(real, name)

        def create(self, order_id: str, parcel: Parcel) -> Consignment:
            shop.cancel()
            return real.create(order_id, parcel)

    shop.line.carrier = Slow()  # type: ignore[assignment]
    assert shop.create().reason == "shipment_cancelled"
    assert shop.consignment is not None
    assert shop.consignment.cancelled
    assert shop.told == []


def test_a_parcel_that_the_carrier_cancelled_is_not_sent(shop: Shop) -> None:
    shop.line.carrier.create(shop.order_id, PARCEL)
    shop.line.carrier.cancel(shop.order_id)
    outcome = shop.create()
    assert (outcome.outcome, outcome.reason) == ("refused", "cancelled_by_carrier")


def test_a_create_that_comes_after_the_look_at_the_carrier_is_taken_back(shop: Shop) -> None:
    """The cancellation finds nothing at the carrier; then the parcel arrives there."""

    def arrive() -> None:
        assert shop.create().outcome == "refused"

    shop.line.meanwhile["find"] = arrive
    shop.cancel()
    assert shop.consignment is None  # the tombstone was written first


def test_two_creates_at_once_are_one_parcel_and_one_event(shop: Shop) -> None:
    shop.line.meanwhile["create"] = shop.create
    assert shop.create().outcome == "created"
    assert shop.told == ["ShipmentCreated"]


@pytest.mark.parametrize("lost", [{"cancel": 2}, {"find": 1}])
def test_a_cancellation_whose_answer_is_lost_ends_well(shop: Shop, lost: dict[str, int]) -> None:
    shop.create()
    shop.line.lose_answers.update(lost)
    try:
        shop.cancel()
    except UnknownOutcome:
        shop.cancel()
    assert shop.told == ["ShipmentCreated", "ShipmentCancelled"]
    assert shop.consignment is not None
    assert shop.consignment.cancelled


def test_a_cancellation_that_never_reached_the_carrier_is_not_recorded(shop: Shop) -> None:
    shop.create()
    shop.line.lose_calls["cancel"] = 2
    with pytest.raises(UnknownOutcome):
        shop.cancel()
    assert shop.shipment.status is ShipmentStatus.CREATED
    assert shop.cancel().outcome == "cancelled"
