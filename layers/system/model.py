"""What this deployment is."""

from dataclasses import dataclass
from typing import Literal

VERSION = "0.1.0"
"""The version of Agora; the project's own metadata says the same, a test holds it."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One running copy of Agora. `engine` is what stands for AWS: `aws`, `ministack` or `localstack`."""

    version: str
    region: str
    engine: str


@dataclass(frozen=True, slots=True)
class Health:
    """Answered by every copy that can answer at all: a function that does not load gives a 5xx instead."""

    status: Literal["ok"]
    version: str
