"""A mocked AWS for threads: one request at a time, as the real one treats the item that two requests are about."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from moto.core.botocore_stubber import BotocoreStubber


@contextmanager
def atomic_requests() -> Iterator[None]:
    """Serialise the mock's requests: between a condition and its write moto lets another thread in, and AWS does not.

    What the code under test does between two requests still interleaves.
    """
    lock, answer = threading.RLock(), BotocoreStubber.__call__

    def one_at_a_time(stubber: BotocoreStubber, *arguments: Any, **keywords: Any) -> Any:
        with lock:
            return answer(stubber, *arguments, **keywords)

    with patch.object(BotocoreStubber, "__call__", one_at_a_time):
        yield
