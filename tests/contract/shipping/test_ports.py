"""What a store of shipments and a carrier promise, in memory and in DynamoDB."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from kernel import dynamo
from kernel.errors import ConflictingWrite
from kernel.ids import new_id
from shipping import events
from shipping.dynamo import DynamoSandboxRecord, DynamoShipments, SandboxItem, ShipmentEventItem, ShipmentItem
from shipping.errors import CarrierRefused, CarrierTimeout
from shipping.fakes import MemorySandboxRecord, MemoryShipments
from shipping.model import Parcel, Shipment
from shipping.ports import Carrier, Shipments
from shipping.sandbox import TIMEOUT_AFTER, TIMEOUT_BEFORE, SandboxCarrier
from tests.support.aws import ENVIRONMENT, create_table, mocked_aws
from tests.support.functions import environment
from tests.unit.shipping.support import NOW, PARCEL

pytestmark = pytest.mark.contract


@pytest.fixture(scope="module")
def tables() -> Iterator[None]:
    """Both tables, once for the module: every test has orders of its own."""
    with environment(ENVIRONMENT), mocked_aws():
        create_table("agora-shipping")
        create_table("agora-shipping-sandbox")
        dynamo.bind("agora-shipping", ShipmentItem, ShipmentEventItem)
        dynamo.bind("agora-shipping-sandbox", SandboxItem)
        yield


@pytest.fixture(params=["memory", "dynamodb"])
def shipments(request: pytest.FixtureRequest) -> Shipments:
    if request.param == "memory":
        return MemoryShipments()
    request.getfixturevalue("tables")
    return DynamoShipments()


@pytest.fixture(params=["memory", "dynamodb"])
def carrier(request: pytest.FixtureRequest) -> Carrier:
    if request.param == "memory":
        return SandboxCarrier(MemorySandboxRecord())
    request.getfixturevalue("tables")
    return SandboxCarrier(DynamoSandboxRecord())


@pytest.fixture
def shipment() -> Shipment:
    return Shipment.of_order(new_id("ord"), NOW, PARCEL, "sandbox").created("sbx_1", "AG1GB", NOW)


@pytest.fixture
def order_id() -> str:
    return new_id("ord")


def told(shipments: Shipments, shipment: Shipment) -> list[str]:
    """The names of the stored events of one shipment, in order."""
    if isinstance(shipments, MemoryShipments):
        return [event.name for event in shipments.events if event.aggregate_id == shipment.shipment_id]
    found = ShipmentEventItem.query(f"SHIPMENT#{shipment.shipment_id}", ShipmentEventItem.sk.startswith("EVENT#"))
    return [item.to_event().name for item in found]


def test_what_is_saved_is_read_back_whole(shipments: Shipments, shipment: Shipment) -> None:
    assert shipments.get(shipment.shipment_id) is None
    shipments.save(shipment, 0, [events.created(shipment)])
    assert shipments.get(shipment.shipment_id) == shipment
    cancelled = shipment.cancelled("order_cancelled", NOW)
    shipments.save(cancelled, shipment.version, [events.cancelled(cancelled)])
    assert shipments.get(shipment.shipment_id) == cancelled
    assert told(shipments, shipment) == ["ShipmentCreated", "ShipmentCancelled"]


def test_a_refusal_and_a_tombstone_are_read_back_whole(shipments: Shipments) -> None:
    refused = Shipment.of_order(new_id("ord"), NOW, Parcel("express", "AQ", 0, "X1 1XX"), "sandbox").refused("no", NOW)
    tombstone = Shipment.of_order(new_id("ord"), NOW).cancelled("order_cancelled", NOW)
    for each in (refused, tombstone):
        shipments.save(each, 0)
        assert shipments.get(each.shipment_id) == each


def test_a_shipment_is_not_made_twice(shipments: Shipments, shipment: Shipment) -> None:
    shipments.save(shipment, 0, [events.created(shipment)])
    with pytest.raises(ConflictingWrite):
        shipments.save(shipment, 0, [events.created(shipment)])
    assert told(shipments, shipment) == ["ShipmentCreated"]


def test_of_many_writers_at_once_one_wins(shipments: Shipments, shipment: Shipment) -> None:
    shipments.save(shipment, 0, [events.created(shipment)])

    def cancel(_: int) -> bool:
        after = shipment.cancelled("order_cancelled", NOW)
        try:
            shipments.save(after, shipment.version, [events.cancelled(after)])
        except ConflictingWrite:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(cancel, range(8))) == 1
    assert told(shipments, shipment) == ["ShipmentCreated", "ShipmentCancelled"]


def test_a_parcel_is_taken_on_once_and_found(carrier: Carrier, order_id: str) -> None:
    assert carrier.find(order_id) is None
    taken = carrier.create(order_id, PARCEL)
    assert carrier.create(order_id, PARCEL) == taken == carrier.find(order_id)
    assert taken.tracking == f"AG{order_id[4:]}GB"
    assert carrier.find(new_id("ord")) is None


def test_a_cancelled_parcel_stays_cancelled(carrier: Carrier, order_id: str) -> None:
    carrier.create(order_id, PARCEL)
    assert carrier.cancel(order_id).cancelled
    assert carrier.cancel(order_id).cancelled
    assert carrier.create(order_id, PARCEL).cancelled


def test_what_the_carrier_does_not_know_it_cannot_cancel(carrier: Carrier, order_id: str) -> None:
    with pytest.raises(CarrierRefused):
        carrier.cancel(order_id)


def test_a_destination_is_refused(carrier: Carrier, order_id: str) -> None:
    with pytest.raises(CarrierRefused) as caught:
        carrier.create(order_id, Parcel("standard", "AQ", 1))
    assert caught.value.reason == "destination_not_served"
    assert carrier.find(order_id) is None


@pytest.mark.parametrize(("postcode", "there"), [(TIMEOUT_BEFORE, False), (TIMEOUT_AFTER, True)])
def test_a_timeout_tells_nothing_and_the_carrier_does(
    carrier: Carrier, order_id: str, postcode: str, there: bool
) -> None:
    with pytest.raises(CarrierTimeout):
        carrier.create(order_id, Parcel("standard", "GB", 1, postcode))
    assert (carrier.find(order_id) is not None) == there
