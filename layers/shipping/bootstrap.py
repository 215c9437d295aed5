"""The composition root: which adapters stand behind the ports."""

from kernel import dynamo
from kernel.clock import utc_now
from kernel.errors import ConfigurationError
from kernel.settings import Settings
from shipping import rates
from shipping.application import CancelShipment, CreateShipment
from shipping.dynamo import DynamoSandboxRecord, DynamoShipments, SandboxItem, ShipmentEventItem, ShipmentItem
from shipping.ports import Carrier, Shipments
from shipping.sandbox import SandboxCarrier


def create_shipment(settings: Settings) -> CreateShipment:
    """The saga's step that hands the parcel to the carrier."""
    return CreateShipment(_shipments(settings), _carrier(settings), rates.load(), utc_now)


def cancel_shipment(settings: Settings) -> CancelShipment:
    """The saga's compensation of it."""
    return CancelShipment(_shipments(settings), _carrier(settings), utc_now)


def _shipments(settings: Settings) -> Shipments:
    dynamo.bind(settings.table, ShipmentItem, ShipmentEventItem)
    return DynamoShipments()


def _carrier(settings: Settings) -> Carrier:
    chosen = settings.require("CARRIER")
    if chosen == "sandbox":
        dynamo.bind(settings.require("SANDBOX_TABLE"), SandboxItem)
        return SandboxCarrier(DynamoSandboxRecord())
    raise ConfigurationError(f"AGORA_CARRIER is {chosen!r}; it can be sandbox")
