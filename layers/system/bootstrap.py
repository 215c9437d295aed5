"""The composition root of the system context."""

from importlib.util import find_spec
from pathlib import Path

from kernel.errors import ConfigurationError
from kernel.settings import Settings
from system.documentation import Documentation
from system.model import VERSION, Deployment

_VIEWER_PACKAGE = "drf_spectacular_sidecar"


def deployment(settings: Settings) -> Deployment:
    """The deployment that the function's settings tell of."""
    return Deployment(version=VERSION, region=settings.region, engine=settings.engine)


def documentation() -> Documentation:
    """What the layer ships; in the repository, from where the layer's build takes it."""
    shipped = Path(__file__).with_name("documents")
    package = find_spec(_VIEWER_PACKAGE)
    if package is None or package.origin is None:
        raise ConfigurationError(f"the layer lacks {_VIEWER_PACKAGE}")
    return Documentation(
        documents=shipped if shipped.is_dir() else Path(__file__).parents[2] / "docs",
        viewer=Path(package.origin).parent / "static" / _VIEWER_PACKAGE / "swagger-ui-dist",
    )
