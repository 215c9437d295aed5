"""An identity context on fakes, with a clock that a test moves."""

import base64
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from identity.application.access import Access
from identity.application.accounts import Accounts, SignedIn
from identity.application.by_mail import ByMail
from identity.application.mail import SendMail
from identity.application.roles import Roles
from identity.application.sessions import Sessions
from identity.fakes import MemoryAttempts, MemoryKeyStore, MemoryMailer, MemoryMailRequests, MemoryUsers
from identity.keys import SigningKeys
from identity.mail_request import MailTokens
from identity.model import User
from identity.passwords import Argon2Hasher
from identity.tokens import Realm, TokenIssuer
from identity.verifier import PublicKeys, TokenVerifier

EMAIL = "ada@example.com"
PASSWORD = "correct horse battery staple"
SOURCE = "203.0.113.7"
REALM = Realm.of("agora")
QUICK = Argon2Hasher(memory_kib=8, passes=1)
"""The real algorithm at a cost that a hundred tests can pay."""


@dataclass
class Clock:
    """Time that passes when told."""

    now: datetime = datetime(2026, 11, 21, 9, 0, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@dataclass
class Identity:
    """Everything that identity is made of, in memory."""

    clock: Clock = field(default_factory=Clock)
    users: MemoryUsers = field(default_factory=MemoryUsers)
    store: MemoryKeyStore = field(default_factory=MemoryKeyStore)

    def __post_init__(self) -> None:
        self.attempts = MemoryAttempts(self.clock)
        self.keys = SigningKeys(self.store, now=lambda: self.clock().timestamp())
        self.tokens = TokenIssuer(REALM, self.keys, self.clock)
        self.requests, self.mailer = MemoryMailRequests(self.users), MemoryMailer()
        self.mail_tokens = MailTokens(lambda: "a key of this test")
        self.by_mail = ByMail(
            self.users, self.requests, self.attempts, QUICK, self.tokens, self.mail_tokens, self.clock
        )
        self.send_mail = SendMail(self.users, self.mailer, self.mail_tokens, "https://shop.example", self.clock)
        self.accounts = Accounts(self.users, self.attempts, QUICK, self.tokens, self.clock)
        self.roles = Roles(self.users, self.clock)
        self.access = Access(self.users, self.clock)
        self.sessions = Sessions(self.users, self.tokens, self.clock)

    def mailed(self) -> str:
        """Let the mailer do its work on what was asked for last; the token in its mail, "" where it holds none."""
        request = list(self.requests.waiting.values())[-1]
        sent = len(self.mailer.sent)
        self.send_mail(request)
        text = self.mailer.sent[-1].text if len(self.mailer.sent) > sent else ""
        return text.partition("Token: ")[2].strip()

    def register(self, email: str, password: str, name: str, source: str) -> SignedIn:
        """The whole way to an account: asked for, mailed, confirmed."""
        self.by_mail.register(email, password, name, source)
        return self.by_mail.confirm(self.mailed(), password, source)

    def verifier(self, realm: Realm = REALM) -> TokenVerifier:
        return TokenVerifier(realm, PublicKeys(self.store), now=lambda: int(self.clock().timestamp()))

    def token(self, user: User | None = None) -> str:
        return self.tokens.issue(user or self.user(), "ses_1")

    def user(self, email: str = EMAIL) -> User:
        return User.register(email, QUICK.hash(PASSWORD), "Ada", self.clock())


def segment(value: Any) -> str:
    """A JWT segment made by hand, as an attacker would."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def opened(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a token, read without any check."""
    header, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2])
    return header, claims
