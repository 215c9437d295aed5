"""Identity's domain events."""

from typing import Any

from identity.model import User
from kernel.events import Event

SOURCE = "agora.identity"
USER_REGISTERED = "UserRegistered"


def user_registered(user: User) -> Event:
    """An account was created. Neither name nor e-mail address goes out: no consumer needs them."""
    data: dict[str, Any] = {"user_id": user.user_id, "roles": sorted(user.roles)}
    return Event(SOURCE, USER_REGISTERED, user.user_id, sequence=1, time=user.created_at, data=data)
