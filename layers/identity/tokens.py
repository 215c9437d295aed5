"""Access tokens: JWTs signed with ES256 for 15 minutes (RFC 9068)."""

import secrets
from dataclasses import dataclass
from datetime import timedelta

from joserfc import jwt

from identity.keys import SigningKeys
from identity.model import User
from kernel.clock import Clock

ALGORITHM = "ES256"
TYPE = "at+jwt"
LIFE = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Realm:
    """Who issues tokens, and for whom. Two deployments never take each other's tokens."""

    issuer: str
    audience: str

    @classmethod
    def of(cls, prefix: str) -> "Realm":
        """The realm of the deployment with this prefix."""
        return cls(f"urn:agora:{prefix}:identity", f"urn:agora:{prefix}:api")


class TokenIssuer:
    """Signs access tokens with the present signing key."""

    def __init__(self, realm: Realm, keys: SigningKeys, clock: Clock) -> None:
        self._realm = realm
        self._keys = keys
        self._clock = clock

    def issue(self, user: User, session_id: str) -> str:
        """A token that says who the user is, what the user may do, and which login it came from."""
        key = self._keys.current()
        now = int(self._clock().timestamp())
        claims = {
            "iss": self._realm.issuer,
            "aud": self._realm.audience,
            "sub": user.user_id,
            "iat": now,
            "exp": now + int(LIFE.total_seconds()),
            "jti": secrets.token_urlsafe(12),
            "sid": session_id,
            "gen": user.generation,
            "email": user.email,
            "roles": sorted(user.roles),
            "scope": " ".join(sorted(user.scopes)),
        }
        return jwt.encode({"alg": ALGORITHM, "typ": TYPE, "kid": key.kid}, claims, key, algorithms=[ALGORITHM])
