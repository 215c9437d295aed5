"""One tuned botocore client per service and process: the performance rules of the architecture in one place."""

from functools import lru_cache
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from kernel.errors import TransientError

_CONFIG: dict[str, Any] = {
    "connect_timeout": 2,
    "parameter_validation": False,  # our own adapters are the only callers, and tests run them with it on
    "retries": {"mode": "standard", "total_max_attempts": 3},
    "tcp_keepalive": True,
    "max_pool_connections": 16,
    "user_agent": "agora",
}


@lru_cache(maxsize=1)
def _session() -> botocore.session.Session:
    return botocore.session.get_session()


@lru_cache(maxsize=16)
def client(service: str, read_timeout: float = 5.0) -> Any:
    """The shared client of `service`. `read_timeout` in seconds; the endpoint follows `AWS_ENDPOINT_URL` where set."""
    return _session().create_client(service, config=Config(read_timeout=read_timeout, **_CONFIG))


def call(service: str, operation: str, *, expected: str = "", **request: Any) -> dict[str, Any]:
    """One call. The error whose code is `expected` is an empty answer, any other trouble a `TransientError`."""
    try:
        answer: dict[str, Any] = getattr(client(service), operation)(**request)
    except ClientError as error:
        if error.response["Error"]["Code"] == expected:
            return {}
        raise TransientError(f"{operation} failed: {error}") from error
    except BotoCoreError as error:
        raise TransientError(f"{operation} got no answer: {error}") from error
    return answer


def reset() -> None:
    """Forget session and clients, so that a test's mocked AWS is seen."""
    client.cache_clear()
    _session.cache_clear()
