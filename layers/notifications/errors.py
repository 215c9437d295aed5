"""What can go wrong with a notification. All of it sends the event back to its queue."""

from kernel.errors import AgoraError, TransientError


class BeingSent(TransientError):
    """Another delivery of the same event is sending the message right now."""


class MailRefused(AgoraError):
    """The mail service does not take the message. After some tries it rests in the dead-letter queue, with an alarm."""
