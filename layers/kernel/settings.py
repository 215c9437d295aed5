"""What a function is told by its template, read once by a composition root and never at import of a layer."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from kernel.errors import ConfigurationError


@dataclass(frozen=True)
class Settings:
    """The environment of one function. `require("ORDER_SAGA_ARN")` reads `AGORA_ORDER_SAGA_ARN`."""

    environ: Mapping[str, str]

    @classmethod
    def from_env(cls) -> "Settings":
        """The settings of this process."""
        return cls(dict(os.environ))

    def require(self, name: str) -> str:
        """The value of `AGORA_<name>`; raises `ConfigurationError` when it is absent or empty."""
        value = self.environ.get(f"AGORA_{name}", "")
        if not value:
            raise ConfigurationError(f"the function's environment lacks AGORA_{name}")
        return value

    def get(self, name: str, default: str = "") -> str:
        """The value of `AGORA_<name>`, or `default`."""
        return self.environ.get(f"AGORA_{name}", default)

    @property
    def prefix(self) -> str:
        """The prefix of every resource of this deployment, e.g. `agora`."""
        return self.require("PREFIX")

    @property
    def context(self) -> str:
        """The bounded context that the function belongs to, e.g. `orders`."""
        return self.require("CONTEXT")

    @property
    def table(self) -> str:
        """The name of the context's own DynamoDB table."""
        return self.require("TABLE")

    @property
    def event_bus(self) -> str:
        """The name of the event bus."""
        return self.require("EVENT_BUS")

    @property
    def engine(self) -> str:
        """`aws`, `ministack` or `localstack`."""
        return self.get("ENGINE", "aws")

    @property
    def log_level(self) -> str:
        """The least level of the lines that are logged, as Powertools reads it."""
        return self.environ.get("POWERTOOLS_LOG_LEVEL") or self.environ.get("LOG_LEVEL") or "INFO"

    @property
    def region(self) -> str:
        """The AWS region that the function runs in."""
        return self.environ.get("AWS_REGION") or self.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
