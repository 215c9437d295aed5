"""The composition root of the catalogue: what its functions are made of, from their settings."""

from catalogue.application import Catalogue
from catalogue.dynamo import MODELS, DynamoProducts
from catalogue.importing import Importer
from kernel import dynamo
from kernel.clock import utc_now
from kernel.cursor import Cursors
from kernel.secrets import StoredSecret
from kernel.settings import Settings


def catalogue(settings: Settings) -> Catalogue:
    """The use cases of single products and of lists."""
    return Catalogue(_products(settings), utc_now)


def importer(settings: Settings) -> Importer:
    """The use case of many products at once."""
    return Importer(_products(settings), utc_now)


def cursors(settings: Settings) -> Cursors:
    """Signed page cursors."""
    return Cursors(StoredSecret(f"{settings.prefix}/cursor-key"))


def _products(settings: Settings) -> DynamoProducts:
    dynamo.bind(settings.table, *MODELS)
    return DynamoProducts()
