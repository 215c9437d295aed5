"""Attempt counts on DynamoDB."""

from pynamodb.expressions.update import Action

from identity.dynamo.items import AttemptItem
from identity.errors import too_many
from identity.throttle import Subject, Window
from kernel import dynamo
from kernel.clock import Clock
from kernel.errors import ConflictingWrite


class DynamoAttempts:
    """The `Attempts` port on DynamoDB: an atomic counter for each quarter of an hour, and a look at the one before."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def take(self, subject: Subject) -> None:
        window = Window.at(self._clock())
        before = self._count(subject, window.before)
        places = window.places(subject.limit, before)
        if not places or not self._counted(subject, window, places):
            raise too_many(window.wait(subject.limit, before, places))

    def _count(self, subject: Subject, window: Window) -> int:
        item = _attempt_item(subject, window)
        found = dynamo.get(AttemptItem, item.pk, item.sk)
        return int(found.attempts) if found else 0

    def _counted(self, subject: Subject, window: Window, places: int) -> bool:
        below = AttemptItem.attempts.does_not_exist() | (AttemptItem.attempts < places)
        actions: list[Action] = [AttemptItem.attempts.add(1), AttemptItem.expires_at_epoch.set(window.kept_until)]
        try:
            with dynamo.translated_errors():
                _attempt_item(subject, window).update(actions=actions, condition=below, add_version_condition=False)
        except ConflictingWrite:
            return False
        return True

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
