"""Which usage plan a request counts against: an API key's value begins with the name of its plan."""

import re
from collections.abc import Mapping
from typing import Any

HEADER = "X-Usage-Plan"
_KEY = re.compile(r"([a-z]{2,16})_[\x21-\x7e]+")


def headers(request_context: Mapping[str, Any], sent: Mapping[str, str]) -> dict[str, str]:
    """`X-Usage-Plan` for a request whose key API Gateway has found valid; nothing for a request without one.

    On routes that ask for no key a client may send anything: only the gateway's `apiKeyId` makes a key believed.
    """
    if not (request_context.get("identity") or {}).get("apiKeyId"):
        return {}
    key = _KEY.fullmatch(sent.get("x-api-key", ""))
    return {HEADER: key[1]} if key else {}
