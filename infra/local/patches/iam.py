"""AUTH=true: the resource that a policy has to name for an e-mail.

Stock 1.5.33 asks for `*` when SES sends, so that a policy which names the sender's identity is refused; AWS asks for
the identity of the From address: the address itself where it is one, else its domain.
"""

# ruff: noqa: SLF001 - a cure reaches into what it cures
from __future__ import annotations

import json
from email.utils import parseaddr

from infra.local.patches import ministack

SEND = "/v2/email/outbound-emails"


def sending_identity(body: bytes) -> str | None:
    """The identity that the request sends from."""
    try:
        sender = parseaddr(json.loads(body)["FromEmailAddress"])[1]
    except (ValueError, KeyError, TypeError):
        return None
    identities = ministack("services.ses_v2")._identities
    return sender if sender in identities else sender.rpartition("@")[2]


def apply() -> None:
    """Resolve the identity of what is sent."""
    actions = ministack("core.iam_actions")
    stock = actions._ses_v2_resource_arn

    def resource(method: str, path: str, body: bytes, region: str, account_id: str) -> str:
        identity = sending_identity(body) if path.rstrip("/") == SEND else None
        if identity:
            return f"arn:aws:ses:{region}:{account_id}:identity/{identity}"
        return str(stock(method, path, body, region, account_id))

    actions._ses_v2_resource_arn = resource
