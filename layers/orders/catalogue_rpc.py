"""The catalogue, asked by a synchronous invocation of its task."""

import time
from collections.abc import Callable, Iterable, Mapping

from kernel.rpc import LambdaRpc
from orders.ports import Catalogue
from orders.pricing import Offer

READ_OFFERS = "catalogue-task-read-offers"
MAX_CACHED = 10_000


class RpcCatalogue:
    """Asks for the offers of any number of SKUs in one call."""

    def __init__(self, rpc: LambdaRpc) -> None:
        self._rpc = rpc

    def offers(self, skus: Iterable[str]) -> Mapping[str, Offer]:
        """Raises `TransientError` when the catalogue does not answer."""
        wanted = sorted(set(skus))
        if not wanted:
            return {}
        answer = self._rpc.call(READ_OFFERS, {"skus": wanted})
        return {sku: Offer.from_dict(sku, value) for sku, value in answer["offers"].items()}


class CachedCatalogue:
    """Remembers what is sold for a while, so that a warm function asks only for what it has not seen.

    What is not sold is never remembered: a product can be ordered from the moment it is created.
    """

    def __init__(self, inner: Catalogue, ttl: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._inner = inner
        self._ttl = ttl
        self._clock = clock
        self._known: dict[str, tuple[float, Offer]] = {}

    def offers(self, skus: Iterable[str]) -> Mapping[str, Offer]:
        """Offers that are at most `ttl` seconds old."""
        now = self._clock()
        wanted = set(skus)
        found = {sku: known[1] for sku in wanted if (known := self._known.get(sku)) and known[0] > now}
        missing = wanted - found.keys()
        if missing:
            fresh = self._inner.offers(missing)
            if len(self._known) + len(fresh) > MAX_CACHED:
                self._known.clear()
            self._known.update({sku: (now + self._ttl, offer) for sku, offer in fresh.items()})
            found.update(fresh)
        return found
