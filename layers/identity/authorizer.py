"""The answer to API Gateway's question whether a request may pass: a REQUEST authorizer for two configurations.

Where a token is required API Gateway itself refuses a request without the header, and keeps the answer for a minute.
Where it is optional nothing is kept, and a request without the header passes as a guest's.

A token is good only while its user is active and of the generation that it carries; so access that was ended is at an
end once that minute is over. Where the store cannot say, nobody passes: what is raised then becomes a 500 and not a
401, with which a client would throw its tokens away.
"""

import logging
from collections.abc import Mapping
from typing import Any

from identity.errors import InvalidToken
from identity.ports import AccessStates
from identity.verifier import Identity, TokenVerifier

_LOG = logging.getLogger(__name__)
_SCHEME = "bearer"
GUEST = "guest"


class Authorizer:
    """Lambda's entry point. Raises `Exception("Unauthorized")`, API Gateway's word for a 401, for a bad token."""

    def __init__(self, verifier: TokenVerifier, states: AccessStates) -> None:
        self._verifier = verifier
        self._states = states

    def __call__(self, event: Mapping[str, Any], _context: object) -> dict[str, Any]:
        """An authorizer request in, a policy for the whole stage and the caller's identity out."""
        values = _authorisation(event)
        if not values:
            return _allow(GUEST, event["methodArn"], {})
        try:
            known = self._verifier.verify(_bearer_token(values))
            self._require_access(known)
        except InvalidToken as refusal:
            _LOG.warning("token refused: %s", refusal)
            raise Exception("Unauthorized") from None  # noqa: TRY002 - API Gateway knows this text alone
        return _allow(known.user_id, event["methodArn"], _claims(known))

    def _require_access(self, known: Identity) -> None:
        if self._states.generation(known.user_id) != known.generation:
            raise InvalidToken("access ended")


def _authorisation(event: Mapping[str, Any]) -> list[str]:
    """Every value of the header, in whatever case its name was sent."""
    single = {name: [value] for name, value in (event.get("headers") or {}).items()}
    headers = single | (event.get("multiValueHeaders") or {})
    return [value for name, values in headers.items() if name.lower() == "authorization" for value in values]


def _bearer_token(values: list[str]) -> str:
    if len(values) != 1:
        raise InvalidToken("more than one Authorization header")
    scheme, _, token = values[0].strip().partition(" ")
    if scheme.lower() != _SCHEME or not token.strip():
        raise InvalidToken("not a bearer token")
    return token.strip()


def _claims(known: Identity) -> dict[str, str]:
    return {
        "user_id": known.user_id,
        "email": known.email,
        "roles": " ".join(known.roles),
        "scopes": " ".join(known.scopes),
        "session_id": known.session_id,
        "issued_at": str(known.issued_at),
        "expires_at": str(known.expires_at),
    }


def _allow(principal: str, method_arn: str, context: Mapping[str, str]) -> dict[str, Any]:
    """Allow every method of the stage: the answer is kept for the token, whichever route it is used on next."""
    api, stage = method_arn.split("/")[:2]
    statement = {"Action": "execute-api:Invoke", "Effect": "Allow", "Resource": f"{api}/{stage}/*"}
    return {
        "principalId": principal,
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": dict(context),
    }
