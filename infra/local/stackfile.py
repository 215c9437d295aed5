"""`stack.json`: what a client, a test or a person needs to know of a running stack."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local.aws import client
from infra.local.engine import REGION
from infra.local.templates import CUSTOM_ID, ROOT_STAGE
from infra.local.workspace import Workspace

PLANS = ("free", "partner", "internal")
USERS = ("admin", "staff", "customer")
Description = dict[str, Any]


@dataclass(frozen=True)
class Names:
    """What the deployed stack calls its things."""

    prefix: str
    stage: str
    outputs: dict[str, str]


def read(workspace: Workspace) -> Description | None:
    """The description, if there is one."""
    try:
        description: Description = json.loads(workspace.stack_file.read_text())
    except (OSError, ValueError):
        return None
    return description


def write(workspace: Workspace, description: Description) -> None:
    """Replace the description in one step; it holds passwords, so only its owner may read it."""
    path = workspace.stack_file
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".part")
    scratch.touch(mode=0o600)
    scratch.write_text(json.dumps(description, indent=2) + "\n")
    scratch.replace(path)


def new_password() -> str:
    """A password that nobody has to remember."""
    return secrets.token_urlsafe(18)


def _users(known: Description) -> Description:
    return {user: known.get(user) or {"email": f"{user}@agora.test", "password": new_password()} for user in USERS}


def _api_keys(endpoint_url: str, prefix: str) -> dict[str, str]:
    found = client("apigateway", endpoint_url).get_api_keys(includeValues=True, limit=500)["items"]
    by_name = {key["name"]: key["value"] for key in found}
    return {plan: by_name[f"{prefix}-{plan}"] for plan in PLANS if f"{prefix}-{plan}" in by_name}


def _state_machines(endpoint_url: str, prefix: str) -> dict[str, str]:
    """ARN by name without the prefix, with underscores."""
    found = client("stepfunctions", endpoint_url).list_state_machines()["stateMachines"]
    return {
        machine["name"].removeprefix(f"{prefix}-").replace("-", "_"): machine["stateMachineArn"]
        for machine in found
        if machine["name"].startswith(f"{prefix}-")
    }


def api_url(endpoint_url: str, names: Names) -> str:
    """The API's address in a form that needs no name resolution; see `emulator.at_the_root` for the short one."""
    api = names.outputs.get("ApiId", CUSTOM_ID)
    if (api, names.stage) == (CUSTOM_ID, ROOT_STAGE):
        return f"{endpoint_url}/{ROOT_STAGE}"
    return f"{endpoint_url}/_aws/execute-api/{api}/{names.stage}"


def describe(workspace: Workspace, endpoint_url: str, names: Names) -> Description:
    """Describe the stack as it stands; passwords that are known stay as they are."""
    return {
        "api_url": api_url(endpoint_url, names),
        "websocket_url": None,
        "endpoint_url": endpoint_url,
        "region": REGION,
        "api_keys": _api_keys(endpoint_url, names.prefix),
        **_users(read(workspace) or {}),
        "state_machines": _state_machines(endpoint_url, names.prefix),
        "event_bus": names.outputs.get("EventBusName"),
        "prefix": names.prefix,
        "log_dir": str(Path(workspace.logs).resolve()),
    }
