"""The mails that the local engine took instead of sending: who registers here reads them here."""

from __future__ import annotations

import re
import sys
import time
from typing import Any

import httpx

from infra.local.failure import LocalStackError

PATHS = ("/_ministack/ses/messages", "/_aws/ses")
SECONDS = 30.0
_TOKEN = re.compile(r"Token: (\S+)")


def messages(endpoint_url: str) -> list[dict[str, Any]]:
    """What was sent so far, oldest first."""
    for path in PATHS:
        answer = httpx.get(endpoint_url + path, timeout=10, trust_env=False)
        if answer.is_success:
            found = answer.json()["messages"]
            by_account = found.values() if isinstance(found, dict) else [found]
            return [message for sent in by_account for message in sent]
    raise LocalStackError("The engine shows no mails.")


def token_for(endpoint_url: str, email: str) -> str:
    """The token of the newest mail to this address that holds one; waits for it."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        for message in reversed(messages(endpoint_url)):
            found = _TOKEN.search(str(message))
            if email in str(message) and found:
                return found[1].split("\\")[0]
        time.sleep(0.2)
    raise LocalStackError(f"No mail came for {email}.", advice="`make logs` shows what identity-send-mail wrote.")


def show(endpoint_url: str, wanted: str = "") -> None:
    """Print the mails, all or those to one address."""
    for message in messages(endpoint_url):
        if wanted in str(message):
            sys.stdout.write("".join(f"{name}: {value}\n" for name, value in message.items()) + "\n")
