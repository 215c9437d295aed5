"""Secrets from Secrets Manager, read on first use and kept for a while: never in the environment, never logged."""

import time
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from kernel import aws
from kernel.errors import TransientError

Secret = Callable[[], str]
"""A secret's present value; calling it may ask the store."""


class StoredSecret:
    """The string value of one secret, cached for `ttl` seconds so that a rotation is seen."""

    def __init__(self, name: str, ttl: float = 300.0) -> None:
        self._name = name
        self._ttl = ttl
        self._value = ""
        self._read_at = float("-inf")

    def __call__(self) -> str:
        """The present value."""
        if time.monotonic() - self._read_at > self._ttl:
            self._value = self._read()
            self._read_at = time.monotonic()
        return self._value

    def _read(self) -> str:
        try:
            return str(aws.client("secretsmanager").get_secret_value(SecretId=self._name)["SecretString"])
        except (BotoCoreError, ClientError) as error:
            raise TransientError(f"the secret {self._name} could not be read: {error}") from error
