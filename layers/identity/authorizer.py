"""The answer to API Gateway's question whether a request may pass: a REQUEST authorizer for two configurations.

Where a token is required API Gateway itself refuses a request without the header, and keeps the answer for a minute.
Where it is optional nothing is kept, and a request without the header passes as a guest's.

A token is good only while its user is active and of the generation that it carries; so access that was ended is at an
end once that minute is over. Where the store cannot say, nobody passes: what is raised then becomes a 500 and not a
401, with which a client would throw its tokens away.
"""

from collections.abc import Mapping
from typing import Any

from identity.errors import InvalidToken
from identity.ports import AccessStates
from identity.verifier import Identity, TokenVerifier
from kernel import correlation
from kernel.correlation import Correlation
from kernel.plain_log import PlainLog

_SCHEME = "bearer"
GUEST = "guest"


class Authorizer:
    """Lambda's entry point. Raises `Exception("Unauthorized")`, API Gateway's word for a 401, for a bad token."""

    def __init__(self, verifier: TokenVerifier, states: AccessStates, log: PlainLog) -> None:
        self._verifier = verifier
        self._states = states
        self._log = log

    def __call__(self, event: Mapping[str, Any], _context: object) -> dict[str, Any]:
        """An authorizer request in, a policy for the whole stage and the caller's identity out."""
        headers = _headers(event)
        values = headers.get("authorization")
        gateway_id, cause = _ids(event, headers)
        if not values:
            return _allow(GUEST, event["methodArn"], {})
        try:
            known = self._verifier.verify(_bearer_token(values))
            self._require_access(known)
        except InvalidToken as refusal:
            self._log.warning("token refused", cause, reason=str(refusal), gateway_request_id=gateway_id)
            raise Exception("Unauthorized") from None  # noqa: TRY002 - API Gateway knows this text alone
        self._log.info("token accepted", cause, user_id=known.user_id, gateway_request_id=gateway_id)
        return _allow(known.user_id, event["methodArn"], _claims(known))

    def _require_access(self, known: Identity) -> None:
        if self._states.generation(known.user_id) != known.generation:
            raise InvalidToken("access ended")


def _headers(event: Mapping[str, Any]) -> dict[str, list[str]]:
    """Every value of each header, by its name in lower case."""
    single = {name: [value] for name, value in (event.get("headers") or {}).items()}
    headers: dict[str, list[str]] = {}
    for name, values in (single | (event.get("multiValueHeaders") or {})).items():
        headers.setdefault(name.lower(), []).extend(values)
    return headers


def _ids(event: Mapping[str, Any], headers: Mapping[str, list[str]]) -> tuple[str, Correlation]:
    """API Gateway's own id of the request, which a 401 names, and what the request calls itself."""
    gateway_id = str((event.get("requestContext") or {}).get("requestId") or "")
    return gateway_id, correlation.from_headers({name: values[-1] for name, values in headers.items()}, gateway_id)


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
