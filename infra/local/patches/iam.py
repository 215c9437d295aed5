"""AUTH=true: the resource that a policy has to name, where stock 1.5.33 asks for `*`.

- SES sends an e-mail: AWS asks for the identity of the From address, the address itself where it is one,
  else its domain.
- A task token is answered (SendTaskSuccess and its kin): AWS asks for the state machine that gave the token out.
"""

# ruff: noqa: SLF001 - a cure reaches into what it cures
from __future__ import annotations

import json
import threading
from email.utils import parseaddr
from typing import Any

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
    """Resolve the identity of what is sent, and the state machine of a task token."""
    _apply_to_mail()
    _apply_to_task_tokens()


def _apply_to_mail() -> None:
    actions = ministack("core.iam_actions")
    stock = actions._ses_v2_resource_arn

    def resource(method: str, path: str, body: bytes, region: str, account_id: str) -> str:
        identity = sending_identity(body) if path.rstrip("/") == SEND else None
        if identity:
            return f"arn:aws:ses:{region}:{account_id}:identity/{identity}"
        return str(stock(method, path, body, region, account_id))

    actions._ses_v2_resource_arn = resource


def _apply_to_task_tokens() -> None:
    machines = _remembered_tokens()
    actions = ministack("core.iam_actions")
    stock = actions.extract_resource_arn

    def resource(service: str, method: str, path: str, headers: Any, body: bytes, *rest: Any) -> str:
        if service == "states" and b'"taskToken"' in body:
            return machines.get(json.loads(body)["taskToken"], "*")
        return str(stock(service, method, path, headers, body, *rest))

    actions.extract_resource_arn = resource
    ministack("app").extract_resource_arn = resource  # it has imported the name


def _remembered_tokens() -> dict[str, str]:
    """The state machine's ARN of each task token, filled in as they are given out."""
    machines: dict[str, str] = {}
    running = threading.local()
    service = ministack("services.stepfunctions")
    execute, invoke = service._execute_task, service._invoke_with_callback

    def execute_task(state: Any, given: Any, execution: Any, context: Any) -> Any:
        running.machine = (execution or {}).get("stateMachineArn", "*")
        return execute(state, given, execution, context)

    def invoke_with_callback(resource: Any, given: Any, token: str, state: Any) -> Any:
        machines[token] = running.machine  # kept: a token may be answered twice, and be told so
        return invoke(resource, given, token, state)

    service._execute_task, service._invoke_with_callback = execute_task, invoke_with_callback
    return machines
