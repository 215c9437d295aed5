"""A small client of Agora's own public API, for the seed and the demonstration order."""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from typing import Any

import httpx

from infra.local.failure import LocalStackError
from infra.local.logs import last_error

TIMEOUT = httpx.Timeout(60, connect=5)
RETRIED = {429, 502, 503, 504}
RETRIES = 5
ADVICE = "Is the stack running? `make status` tells, `make run` starts it."


class PublicApi:
    """Calls the API with one key and, after `login`, as one user."""

    def __init__(self, url: str, key: str, logs: Path) -> None:
        self._http = httpx.Client(base_url=url, headers={"x-api-key": key}, timeout=TIMEOUT, trust_env=False)
        self._logs = logs

    def send(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> httpx.Response:
        """One call; an Idempotency-Key makes each POST safe to repeat while the gateway is busy."""
        sent = {**({"Idempotency-Key": str(uuid.uuid4())} if method == "POST" else {}), **(headers or {})}
        answer = self._once(method, path, body, sent)
        for attempt in range(RETRIES):
            if answer.status_code not in RETRIED:
                break
            time.sleep(0.3 * 2**attempt)
            answer = self._once(method, path, body, sent)
        return answer

    def _once(self, method: str, path: str, body: Any, headers: dict[str, str]) -> httpx.Response:
        try:
            return self._http.request(method, path, json=body, headers=headers)
        except httpx.HTTPError as error:
            raise LocalStackError(f"{method} {path} got no answer: {error}", ADVICE) from error

    def call(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Any:
        """One call that must succeed; answers the parsed body."""
        answer = self.send(method, path, body, headers)
        if answer.is_success:
            return answer.json() if answer.content else None
        detail = answer.text[:1000]
        if answer.status_code >= 500:
            detail += "\n" + last_error(self._logs)
        raise LocalStackError(
            f"{method} {path} answered {answer.status_code}.",
            detail=detail,
            advice="`make logs` shows what the functions wrote.",
        )

    def login(self, email: str, password: str) -> bool:
        """Act as this user from now on; False when the credentials are refused."""
        answer = self.send("POST", "/auth/login", {"email": email, "password": password})
        if answer.status_code in {400, 401, 403, 404, 422}:
            return False
        if not answer.is_success:
            raise LocalStackError(
                f"Logging in as {email} answered {answer.status_code}.",
                detail=f"{answer.text[:500]}\n{last_error(self._logs)}",
            )
        self._http.headers["authorization"] = f"Bearer {answer.json()['access_token']}"
        return True
