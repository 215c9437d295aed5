"""What an access token proves. No pydantic and no PynamoDB here: a request waits while the authorizer starts."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from identity import keys
from identity.errors import InvalidToken
from identity.tokens import ALGORITHM, TYPE, Realm

_TTL_SECONDS = 300.0
_REFETCH_SECONDS = 5.0
_LEEWAY_SECONDS = 5
_MAX_TOKEN = 8 * 1024


class PublicSource(Protocol):
    """Where the published key set is read."""

    def public_set(self) -> str:
        """The set that verifies, "" while there is none."""
        ...


class PublicKeys:
    """The published keys, cached. An unknown id is looked up once more, but not for every forged token."""

    def __init__(self, source: PublicSource, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._monotonic = monotonic
        self._keys: Mapping[str, ECKey] = {}
        self._read_at = float("-inf")

    def find(self, kid: str) -> ECKey | None:
        """The key with this id, or None."""
        age = self._monotonic() - self._read_at
        if age > _TTL_SECONDS or (kid not in self._keys and (age > _REFETCH_SECONDS or not self._keys)):
            self._refresh()
        return self._keys.get(kid)

    def _refresh(self) -> None:
        try:
            self._keys = keys.by_kid(self._source.public_set())
        except Exception:
            if not self._keys:
                raise
        # Old keys outlive a failed read: the store's trouble must not lock everybody out.
        self._read_at = self._monotonic()


@dataclass(frozen=True, slots=True)
class Identity:
    """What a good token says."""

    user_id: str
    email: str
    roles: tuple[str, ...]
    scopes: tuple[str, ...]
    session_id: str
    generation: int
    issued_at: int
    expires_at: int


class TokenVerifier:
    """Opens the access tokens of one realm. The algorithm is ours to say, never the token's."""

    def __init__(self, realm: Realm, public_keys: PublicKeys, now: Callable[[], int] | None = None) -> None:
        self._keys = public_keys
        self._claims = jwt.JWTClaimsRegistry(
            now=now,
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": realm.issuer},
            aud={"essential": True, "value": realm.audience},
            sub={"essential": True},
            iat={"essential": True},
            exp={"essential": True},
        )

    def verify(self, token: str) -> Identity:
        """Who the token speaks of. Raises `InvalidToken`, whose text is for logs and holds nothing of the token."""
        if len(token) > _MAX_TOKEN:
            raise InvalidToken("too long")
        try:
            opened = jwt.decode(token, self._key_of, algorithms=[ALGORITHM])
            self._claims.validate(opened.claims)
        except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise InvalidToken(type(error).__name__) from None
        if opened.header.get("typ") != TYPE:
            raise InvalidToken("not an access token")
        return _identity(opened.claims)

    def _key_of(self, signed: Any) -> ECKey:
        kid = signed.headers().get("kid")
        key = self._keys.find(kid) if isinstance(kid, str) else None
        if key is None:
            raise InvalidToken("unknown key")
        return key


def _identity(claims: Mapping[str, Any]) -> Identity:
    email, session_id, generation = claims.get("email"), claims.get("sid"), claims.get("gen")
    roles, scope = claims.get("roles"), claims.get("scope")
    if not isinstance(email, str) or not isinstance(session_id, str) or not isinstance(scope, str):
        raise InvalidToken("claims missing")
    if not isinstance(roles, list) or type(generation) is not int:
        raise InvalidToken("claims missing")
    return Identity(
        user_id=str(claims["sub"]),
        email=email,
        roles=tuple(str(role) for role in roles),
        scopes=tuple(scope.split()),
        session_id=session_id,
        generation=generation,
        issued_at=int(claims["iat"]),
        expires_at=int(claims["exp"]),
    )
