"""Granting roles."""

from collections.abc import Iterable
from dataclasses import dataclass

from identity.errors import UnknownRole
from identity.model import ROLE_SCOPES, User, normalised_email
from identity.ports import Users
from kernel.clock import Clock


@dataclass(frozen=True)
class Roles:
    """Makes staff and admins. Only who may invoke the function can: no route leads here."""

    users: Users
    clock: Clock

    def grant(self, email: str, roles: Iterable[str]) -> User | None:
        """Add roles to an account; None when there is no such account. Raises `UnknownRole`, `ConflictingWrite`.

        Tokens that are out keep the old roles until they expire.
        """
        wanted = frozenset(roles)
        if not wanted or not wanted <= ROLE_SCOPES.keys():
            raise UnknownRole(f"roles are {', '.join(ROLE_SCOPES)}, not {', '.join(sorted(wanted)) or 'none'}")
        user = self.users.by_email(normalised_email(email))
        if user is None:
            return None
        changed = user.granted(wanted, self.clock())
        if changed is not user:
            self.users.replace(changed)
        return changed
