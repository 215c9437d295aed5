"""The composition root of the system context."""

from kernel.settings import Settings
from system.model import VERSION, Deployment


def deployment(settings: Settings) -> Deployment:
    """The deployment that the function's settings tell of."""
    return Deployment(version=VERSION, region=settings.region, engine=settings.engine)
