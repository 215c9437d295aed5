"""The shipping rate table, as shipping publishes it in the parameter store."""

import json
import time
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from kernel import aws
from kernel.errors import TransientError
from orders.shipping_rates import RateTable


class ParameterRates:
    """Reads one parameter and keeps it for `ttl` seconds."""

    def __init__(self, name: str, ttl: float = 300.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._ttl = ttl
        self._clock = clock
        self._read: tuple[float, RateTable] | None = None

    def table(self) -> RateTable:
        """The rate table. Raises `TransientError` when it cannot be read."""
        now = self._clock()
        if self._read is None or self._read[0] <= now:
            self._read = (now + self._ttl, self._fetch())
        return self._read[1]

    def _fetch(self) -> RateTable:
        try:
            value = aws.client("ssm").get_parameter(Name=self._name)["Parameter"]["Value"]
        except (BotoCoreError, ClientError) as error:
            raise TransientError(f"the shipping rates {self._name} could not be read: {error}") from error
        return RateTable.from_dict(json.loads(value))
