"""The composition root of identity's functions: what each of them is made of."""

import time
from typing import TYPE_CHECKING

from identity.access_reader import AccessStateReader
from identity.authorizer import Authorizer
from identity.key_store import AwsKeyStore, PublicKeyParameter
from identity.tokens import Realm
from identity.verifier import PublicKeys, TokenVerifier
from kernel.plain_log import PlainLog
from kernel.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from identity.application.access import Access
    from identity.application.accounts import Accounts
    from identity.application.addresses import Addresses
    from identity.application.by_mail import ByMail
    from identity.application.people import Directory, Management
    from identity.application.preferences import PreferencesOf
    from identity.application.profile import Profile
    from identity.application.roles import Roles
    from identity.application.rotation import RotateKeys
    from identity.application.sessions import Sessions
    from identity.dynamo.documents import DynamoDocuments
    from identity.dynamo.people import DynamoPeople
    from identity.mail_request import MailTokens
    from identity.mail_stream import MailStream
    from kernel.events import Event

# The authorizer answers before every new caller's first request, so it must not pay for PynamoDB and argon2:
# what only the others need is imported where it is used.
# ruff: noqa: PLC0415


def authorizer(settings: Settings) -> Authorizer:
    """The API's authorizer. It reads public keys and access states, and nothing else."""
    published = PublicKeyParameter(settings.require("PUBLIC_KEYS"))
    verifier = TokenVerifier(Realm.of(settings.prefix), PublicKeys(published))
    log = PlainLog(settings.context, settings.log_level)
    return Authorizer(verifier, AccessStateReader(settings.table), log)


def accounts(settings: Settings) -> "Accounts":
    """Registration and login."""
    from identity import dynamo
    from identity.application.accounts import Accounts
    from identity.dynamo import requests
    from identity.keys import SigningKeys
    from identity.passwords import Argon2Hasher
    from identity.tokens import TokenIssuer
    from kernel.clock import utc_now

    dynamo.bind(settings.table)
    requests.bind(settings.table)
    keys = SigningKeys(AwsKeyStore(settings.require("SIGNING_KEYS"), settings.require("PUBLIC_KEYS")))
    return Accounts(
        users=dynamo.DynamoUsers(),
        attempts=dynamo.DynamoAttempts(utc_now),
        hasher=Argon2Hasher(),
        tokens=TokenIssuer(Realm.of(settings.prefix), keys, utc_now),
        clock=utc_now,
    )


def by_mail(settings: Settings) -> "ByMail":
    """Registration, and another password without the old one."""
    from identity import dynamo
    from identity.application.by_mail import ByMail
    from identity.dynamo import requests
    from identity.keys import SigningKeys
    from identity.passwords import Argon2Hasher
    from identity.tokens import TokenIssuer
    from kernel.clock import utc_now

    dynamo.bind(settings.table)
    requests.bind(settings.table)
    keys = SigningKeys(AwsKeyStore(settings.require("SIGNING_KEYS"), settings.require("PUBLIC_KEYS")))
    return ByMail(
        users=dynamo.DynamoUsers(),
        requests=requests.DynamoMailRequests(),
        attempts=dynamo.DynamoAttempts(utc_now),
        hasher=Argon2Hasher(),
        tokens=TokenIssuer(Realm.of(settings.prefix), keys, utc_now),
        mail_tokens=_mail_tokens(settings),
        clock=utc_now,
    )


def mail_stream(settings: Settings) -> "MailStream":
    """The sending of mails."""
    from identity import dynamo
    from identity.application.mail import SendMail
    from identity.mail_stream import MailStream
    from kernel.clock import utc_now
    from kernel.ses import SesMailer

    dynamo.bind(settings.table)
    mailer = SesMailer(settings.require("SENDER"))
    shop_url = settings.require("SHOP_URL")
    return MailStream(SendMail(dynamo.DynamoUsers(), mailer, _mail_tokens(settings), shop_url, utc_now))


def _mail_tokens(settings: Settings) -> "MailTokens":
    from identity.mail_request import MailTokens
    from kernel.secrets import StoredSecret

    return MailTokens(StoredSecret(f"{settings.prefix}/cursor-key"))


def sessions(settings: Settings) -> "Sessions":
    """The going on and the ending of sessions."""
    from identity import dynamo
    from identity.application.sessions import Sessions
    from identity.keys import SigningKeys
    from identity.tokens import TokenIssuer
    from kernel.clock import utc_now

    dynamo.bind(settings.table)
    keys = SigningKeys(AwsKeyStore(settings.require("SIGNING_KEYS"), settings.require("PUBLIC_KEYS")))
    return Sessions(dynamo.DynamoUsers(), TokenIssuer(Realm.of(settings.prefix), keys, utc_now), utc_now)


def published_keys(settings: Settings) -> PublicKeyParameter:
    """The keys that verify access tokens."""
    return PublicKeyParameter(settings.require("PUBLIC_KEYS"))


def rotate_keys(settings: Settings) -> "RotateKeys":
    """The rotation of the keys that sign."""
    from datetime import timedelta

    from identity.application.rotation import RotateKeys
    from kernel.clock import utc_now

    store = AwsKeyStore(settings.require("SIGNING_KEYS"), settings.require("PUBLIC_KEYS"))
    return RotateKeys(store, timedelta(days=float(settings.require("SIGNING_KEY_DAYS"))), utc_now)


def roles(settings: Settings) -> "Roles":
    """The granting of roles."""
    from identity import dynamo
    from identity.application.roles import Roles
    from kernel.clock import utc_now

    dynamo.bind(settings.table)
    return Roles(users=dynamo.DynamoUsers(), clock=utc_now)


def access(settings: Settings) -> "Access":
    """The ending of access."""
    from identity import dynamo
    from identity.application.access import Access
    from kernel.clock import utc_now

    dynamo.bind(settings.table)
    return Access(users=dynamo.DynamoUsers(), clock=utc_now)


def profile(settings: Settings) -> "Profile":
    """One's own account."""
    from identity.application.profile import Profile
    from kernel.clock import utc_now

    return Profile(_people(settings), utc_now)


def directory(settings: Settings) -> "Directory":
    """The list of accounts."""
    from identity.application.people import Directory
    from kernel.clock import utc_now
    from kernel.cursor import Cursors
    from kernel.secrets import StoredSecret

    return Directory(_people(settings), Cursors(StoredSecret(f"{settings.prefix}/cursor-key")), utc_now)


def management(settings: Settings) -> "Management":
    """What admins do with accounts."""
    from identity.application.people import Management
    from kernel.clock import utc_now

    return Management(_people(settings), utc_now)


def eraser(settings: Settings) -> "Callable[[Event], None]":
    """Erases what is kept beside a deleted account; each event has its own time."""
    from identity.application.erase import EraseUser

    people, seconds = _people(settings), float(settings.get("ERASE_SECONDS", "20"))

    def handle(event: "Event") -> None:
        end = time.monotonic() + seconds
        EraseUser(people, lambda: end - time.monotonic()).handle(event)

    return handle


def addresses(settings: Settings) -> "Addresses":
    """One's own address book."""
    from identity.application.addresses import Addresses
    from kernel.clock import utc_now

    return Addresses(_documents(settings), utc_now)


def preferences(settings: Settings) -> "PreferencesOf":
    """One's own preferences."""
    from identity.application.preferences import PreferencesOf

    return PreferencesOf(_documents(settings))


def _people(settings: Settings) -> "DynamoPeople":
    from identity import dynamo
    from identity.dynamo import people

    dynamo.bind(settings.table)
    people.bind(settings.table)
    return people.DynamoPeople()


def _documents(settings: Settings) -> "DynamoDocuments":
    from identity.dynamo import documents

    documents.bind(settings.table)
    return documents.DynamoDocuments()
