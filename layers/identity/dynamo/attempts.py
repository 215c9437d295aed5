"""Attempt counts on DynamoDB."""

from pynamodb.expressions.update import Action

from identity.dynamo.items import AttemptItem
from identity.errors import TooManyAttempts
from identity.throttle import Subject, Window
from kernel import dynamo
from kernel.clock import Clock
from kernel.errors import ConflictingWrite


class DynamoAttempts:
    """The `Attempts` port on DynamoDB: one atomic counter a subject and window."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def take(self, subject: Subject) -> None:
        now = self._clock()
        window = Window.at(now)
        below = AttemptItem.attempts.does_not_exist() | (AttemptItem.attempts < subject.limit)
        actions: list[Action] = [AttemptItem.attempts.add(1), AttemptItem.expires_at_epoch.set(window.end)]
        try:
            with dynamo.translated_errors():
                _attempt_item(subject, window).update(actions=actions, condition=below, add_version_condition=False)
        except ConflictingWrite:
            wait = str(window.seconds_left(now))
            raise TooManyAttempts("wait before trying again", headers={"Retry-After": wait}) from None

    def give_back(self, subject: Subject) -> None:
        item = _attempt_item(subject, Window.at(self._clock()))
        try:
            with dynamo.translated_errors():
                item.update(
                    actions=[AttemptItem.attempts.add(-1)],
                    condition=AttemptItem.attempts > 0,
                    add_version_condition=False,
                )
        except ConflictingWrite:
            return  # the window it was taken in is over


def _attempt_item(subject: Subject, window: Window) -> AttemptItem:
    return AttemptItem(f"ATTEMPTS#{subject.key}", f"WINDOW#{window.start}")
