"""An e-mail, and what may become of it."""

from dataclasses import dataclass

from kernel.errors import AgoraError


class MailRefused(AgoraError):
    """The mail service does not take the message. After some tries it rests in the dead-letter queue, with an alarm."""


@dataclass(frozen=True, slots=True)
class Message:
    """An e-mail, the same words as text and as HTML."""

    to: str
    subject: str
    text: str
    html: str
