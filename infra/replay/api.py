"""The public API as the replay uses it: staff's key and token, patient with limits, safe to repeat."""

import asyncio
import random
from collections.abc import Mapping
from typing import Any, Self

import httpx

_TRIES = 8
_TIMEOUT = httpx.Timeout(35.0, connect=5.0)  # API Gateway itself gives up after 29 s
_UNAUTHORISED, _TOO_MANY, _SERVER_ERROR = 401, 429, 500


class ApiError(Exception):
    """The API refused a request, or did not answer any try. The message holds its problem document."""


class Api:
    """An async client. Every request that changes something carries an Idempotency-Key, so retries are safe."""

    def __init__(self, base_url: str, api_key: str, credentials: Mapping[str, str], connections: int) -> None:
        limits = httpx.Limits(max_connections=connections, max_keepalive_connections=connections)
        self._http = httpx.AsyncClient(
            base_url=base_url, headers={"x-api-key": api_key}, timeout=_TIMEOUT, limits=limits
        )
        self._credentials = credentials
        self._login_lock = asyncio.Lock()
        self._token = ""

    async def __aenter__(self) -> Self:
        await self._login("")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The JSON of a GET."""
        return await self._call("GET", path, params=params)

    async def post(self, path: str, body: Mapping[str, Any], idempotency_key: str) -> dict[str, Any]:
        """The JSON that a POST answers."""
        return await self._call("POST", path, json=body, headers={"Idempotency-Key": idempotency_key})

    async def _call(self, method: str, path: str, **arguments: Any) -> dict[str, Any]:
        headers = arguments.pop("headers", {})
        last = ""
        for attempt in range(_TRIES):
            token = self._token
            try:
                answer = await self._http.request(
                    method, path, headers={**headers, "Authorization": f"Bearer {token}"}, **arguments
                )
            except httpx.TransportError as error:
                last = f"{type(error).__name__}: {error}"
                await asyncio.sleep(_pause(attempt))
                continue
            if answer.is_success:
                result: dict[str, Any] = answer.json()
                return result
            last = f"{answer.status_code} {answer.text[:2000]}"
            if answer.status_code == _UNAUTHORISED:
                await self._login(token)
            elif answer.status_code == _TOO_MANY or answer.status_code >= _SERVER_ERROR:
                await asyncio.sleep(max(_pause(attempt), float(answer.headers.get("Retry-After", 0))))
            else:
                break
        raise ApiError(f"{method} {path}: {last}")

    async def _login(self, stale: str) -> None:
        """Fetch a token unless another task has replaced the stale one meanwhile."""
        async with self._login_lock:
            if self._token != stale:
                return
            answer = await self._http.post("/auth/login", json=dict(self._credentials))
            if not answer.is_success:
                raise ApiError(f"staff cannot sign in: {answer.status_code} {answer.text[:500]}")
            self._token = answer.json()["access_token"]


def _pause(attempt: int) -> float:
    return random.uniform(0.1, 0.2 * 2**attempt)  # noqa: S311 - jitter
