"""The composition root of access: what its functions are made of, from their settings."""

from access.application import Keys
from access.dynamo import MODELS, DynamoApiKeys
from access.gateway import ApiGateway, UsagePlans
from access.settling import Settle, Sweep
from kernel import dynamo
from kernel.clock import utc_now
from kernel.cursor import Cursors
from kernel.secrets import StoredSecret
from kernel.settings import Settings


def keys(settings: Settings) -> Keys:
    """The use cases of API keys."""
    return Keys(_stored(settings), _gateway(settings), settings.prefix, utc_now)


def sweep(settings: Settings) -> Sweep:
    """The schedule's part."""
    stored = _stored(settings)
    return Sweep(stored, Settle(stored, _gateway(settings), settings.prefix), utc_now)


def cursors(settings: Settings) -> Cursors:
    """Signed page cursors."""
    return Cursors(StoredSecret(f"{settings.prefix}/cursor-key"))


def _stored(settings: Settings) -> DynamoApiKeys:
    dynamo.bind(settings.table, *MODELS)
    return DynamoApiKeys()


def _gateway(settings: Settings) -> ApiGateway:
    return ApiGateway(UsagePlans(settings.require("USAGE_PLANS")))
