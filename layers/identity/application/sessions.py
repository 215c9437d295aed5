"""What a refresh token is good for: a new pair of tokens, once, or the end of its session."""

from dataclasses import dataclass

from identity.application.access import Access
from identity.application.accounts import SignedIn, signed_in
from identity.errors import InvalidRefreshToken
from identity.model import Session
from identity.ports import Users
from identity.tokens import TokenIssuer
from kernel.clock import Clock

_REFUSAL = "log in again"


@dataclass(frozen=True)
class Sessions:
    """Goes on with sessions and ends them."""

    users: Users
    tokens: TokenIssuer
    clock: Clock

    def refresh(self, refresh_token: str) -> SignedIn:
        """New tokens for the latest refresh token of a session. Raises `InvalidRefreshToken`.

        A token that was used before ends its session: either its owner or a thief holds a copy, and nobody knows who.
        """
        session = self._session(refresh_token)
        if session is None or session.expires_at <= self.clock():
            raise InvalidRefreshToken(_REFUSAL)
        user = self.users.by_id(session.user_id)
        if not session.is_current(refresh_token):
            self.users.end_session(session.user_id, session.session_id)
            raise InvalidRefreshToken(_REFUSAL)
        following, token = session.rotated()
        if user is None or not self.users.rotate(session, following):
            # Access was ended, or the same token came twice at once; neither leaves a session that should go on.
            self.users.end_session(session.user_id, session.session_id)
            raise InvalidRefreshToken(_REFUSAL)
        return signed_in(self.tokens, user, following, token)

    def log_out(self, refresh_token: str, *, everywhere: bool = False) -> None:
        """End the token's session, or all access of its user. A token that is not good ends nothing and is not told."""
        session = self._session(refresh_token)
        if session is None:
            return
        if everywhere and session.is_current(refresh_token) and session.expires_at > self.clock():
            Access(self.users, self.clock).end(session.user_id)
        self.users.end_session(session.user_id, session.session_id)

    def _session(self, refresh_token: str) -> Session | None:
        user_id, _, rest = refresh_token.partition(".")
        session_id, _, secret = rest.partition(".")
        return self.users.session(user_id, session_id) if user_id and session_id and secret else None
