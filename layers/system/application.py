"""The use cases of the system context: both answer from what the function already knows, with no call to anything."""

from system.model import Deployment, Health


def health(deployment: Deployment) -> Health:
    """That this deployment is able to serve requests."""
    return Health("ok", deployment.version)
