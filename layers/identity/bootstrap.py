"""The composition root of identity's functions: what each of them is made of."""

from typing import TYPE_CHECKING

from identity.authorizer import Authorizer
from identity.key_store import AwsKeyStore, PublicKeyParameter
from identity.tokens import Realm
from identity.verifier import PublicKeys, TokenVerifier
from kernel.settings import Settings

if TYPE_CHECKING:
    from identity.application import Accounts, Roles

# The authorizer answers before every new caller's first request, so it must not pay for PynamoDB and argon2:
# what only the others need is imported where it is used.
# ruff: noqa: PLC0415


def authorizer(settings: Settings) -> Authorizer:
    """The API's authorizer. It reads public keys and nothing else."""
    published = PublicKeyParameter(settings.require("PUBLIC_KEYS"))
    return Authorizer(TokenVerifier(Realm.of(settings.prefix), PublicKeys(published)))


def accounts(settings: Settings) -> "Accounts":
    """Registration and login."""
    from identity import dynamo
    from identity.application import Accounts
    from identity.keys import SigningKeys
    from identity.passwords import Argon2Hasher
    from identity.tokens import TokenIssuer
    from kernel.clock import utc_now

    dynamo.bind(settings.table)
    keys = SigningKeys(AwsKeyStore(settings.require("SIGNING_KEYS"), settings.require("PUBLIC_KEYS")))
    return Accounts(
        users=dynamo.DynamoUsers(),
        attempts=dynamo.DynamoAttempts(utc_now),
        hasher=Argon2Hasher(),
        tokens=TokenIssuer(Realm.of(settings.prefix), keys, utc_now),
        clock=utc_now,
    )


def roles(settings: Settings) -> "Roles":
    """The granting of roles."""
    from identity import dynamo
    from identity.application import Roles
    from kernel.clock import utc_now

    dynamo.bind(settings.table)
    return Roles(users=dynamo.DynamoUsers(), clock=utc_now)
