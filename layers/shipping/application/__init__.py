"""The use cases of shipping. Each may be repeated at any time and gives the same outcome."""

from shipping.application.cancel import CancelShipment
from shipping.application.create import CreateShipment
from shipping.application.outcome import Outcome

__all__ = ["CancelShipment", "CreateShipment", "Outcome"]
