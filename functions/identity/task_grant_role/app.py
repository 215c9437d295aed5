"""Give roles to an account: an operator's way to make staff and admins."""

from collections.abc import Mapping
from typing import Any

from identity import bootstrap
from kernel.settings import Settings
from kernel.task import Task

roles = bootstrap.roles(Settings.from_env())


def grant_role(payload: Mapping[str, Any]) -> Mapping[str, Any]:
    """Take `{email, roles: [...]}`; safe to repeat."""
    user = roles.grant(str(payload["email"]), [str(role) for role in payload["roles"]])
    if user is None:
        return {"outcome": "unknown_user"}
    return {"outcome": "granted", "user_id": user.user_id, "roles": sorted(user.roles)}


app = Task(grant_role)
