"""Identity's ports in memory: for tests, with the same promises as the real ones."""

from dataclasses import dataclass, field

from identity.errors import EmailTaken, InvalidMailToken, too_many
from identity.mail_request import MailRequest
from identity.model import Session, User
from identity.throttle import Subject, Window
from kernel.clock import Clock
from kernel.errors import ConflictingWrite
from kernel.events import Event
from kernel.mail import Message


@dataclass
class MemoryUsers:
    """The `Users` and `AccessStates` ports; what was stored can be looked at."""

    users: dict[str, User] = field(default_factory=dict)
    sessions: dict[str, Session] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    told: list[MailRequest] = field(default_factory=list)

    def add(self, user: User, session: Session, event: Event) -> None:
        if user.email in self.users:
            raise EmailTaken
        self.users[user.email] = user
        self.sessions[session.session_id] = session
        self.events.append(event)

    def by_email(self, email: str) -> User | None:
        return self.users.get(email)

    def by_id(self, user_id: str) -> User | None:
        return next((user for user in self.users.values() if user.user_id == user_id), None)

    def generation(self, user_id: str) -> int | None:
        user = self.by_id(user_id)
        return user.generation if user and user.is_active else None

    def open_session(self, session: Session) -> bool:
        if self.generation(session.user_id) != session.generation:
            return False
        self.sessions[session.session_id] = session
        return True

    def session(self, user_id: str, session_id: str) -> Session | None:
        found = self.sessions.get(session_id)
        return found if found and found.user_id == user_id else None

    def rotate(self, session: Session, following: Session) -> bool:
        stored = self.sessions.get(session.session_id)
        if stored is None or stored.token_hash != session.token_hash:
            return False
        return self.open_session(following)

    def end_session(self, user_id: str, session_id: str) -> None:
        if self.session(user_id, session_id):
            del self.sessions[session_id]

    def replace(self, user: User, told: MailRequest | None = None) -> None:
        if self.users[user.email].version != user.version - 1:
            raise ConflictingWrite(f"{user.user_id} is not at version {user.version - 1}")
        self.users[user.email] = user
        self.told += [told] if told else []


@dataclass
class MemoryMailRequests:
    """The `MailRequests` port, over the same accounts."""

    accounts: MemoryUsers
    waiting: dict[str, MailRequest] = field(default_factory=dict)

    def add(self, request: MailRequest) -> None:
        self.waiting[request.request_id] = request

    def get(self, request_id: str) -> MailRequest | None:
        told = {each.request_id: each for each in self.accounts.told}
        return self.waiting.get(request_id) or told.get(request_id)

    def register(self, request: MailRequest, user: User, session: Session, event: Event) -> None:
        if request.request_id not in self.waiting:
            raise InvalidMailToken
        self.accounts.add(user, session, event)
        del self.waiting[request.request_id]

    def replace(self, request: MailRequest, user: User, told: MailRequest) -> None:
        if request.request_id not in self.waiting:
            raise InvalidMailToken
        self.accounts.replace(user, told)
        del self.waiting[request.request_id]


@dataclass
class MemoryMailer:
    """The `Mailer` port; what was sent can be read."""

    sent: list[Message] = field(default_factory=list)

    def send(self, message: Message) -> str:
        self.sent.append(message)
        return f"mail-{len(self.sent)}"


@dataclass
class MemoryAttempts:
    """The `Attempts` port."""

    clock: Clock
    counts: dict[tuple[str, int], int] = field(default_factory=dict)

    def take(self, subject: Subject) -> None:
        window = Window.at(self.clock())
        before = self.counts.get((subject.key, window.before.start), 0)
        count, places = self.counts.get((subject.key, window.start), 0), window.places(subject.limit, before)
        if count >= places:
            raise too_many(window.wait(subject.limit, before, places))
        self.counts[subject.key, window.start] = count + 1

    def give_back(self, subject: Subject) -> None:
        key = (subject.key, Window.at(self.clock()).start)
        self.counts[key] = max(0, self.counts.get(key, 0) - 1)


@dataclass
class MemoryKeyStore:
    """The `KeyStore` port."""

    private: str = ""
    public: str = ""

    def private_set(self) -> str:
        return self.private

    def agree_on(self, candidate: str) -> str:
        self.private = self.private or candidate
        return self.private

    def replace(self, present: str, following: str) -> bool:
        if self.private != present:
            return False
        self.private = following
        return True

    def public_set(self) -> str:
        return self.public

    def publish(self, public_set: str) -> None:
        self.public = public_set
