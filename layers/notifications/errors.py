"""What can go wrong with a notification. All of it sends the event back to its queue."""

from kernel.errors import TransientError


class BeingSent(TransientError):
    """Another delivery of the same event is sending the message right now."""
