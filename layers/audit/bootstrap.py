"""The composition root of the audit's functions."""

from audit import dynamo
from audit.application import Auditor
from kernel.settings import Settings


def auditor(settings: Settings) -> Auditor:
    """Writes and reads the trail."""
    dynamo.bind(settings.table)
    return Auditor(dynamo.DynamoTrail())
