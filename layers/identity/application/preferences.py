"""What people say about how they want to be treated."""

from dataclasses import dataclass, replace

from identity.preferences import Preferences
from identity.user_ports import Documents, Kind, Stored
from kernel import etag
from kernel.errors import PreconditionFailed
from kernel.retry import until_written

_KIND: Kind = "PREFERENCES"


@dataclass(frozen=True)
class PreferencesOf:
    """One's own preferences."""

    documents: Documents

    def get(self, user_id: str) -> Preferences:
        """What was said, or what holds for somebody who said nothing."""
        stored = self.documents.get(user_id, _KIND)
        return Preferences() if stored is None else Preferences.of_document(stored.document, stored.version)

    def put(self, user_id: str, wanted: Preferences, if_match: str | None) -> Preferences:
        """Say all of it anew. The first time needs no `if_match`, every other does."""

        def attempt() -> Preferences:
            before = self.get(user_id)
            _require_match(before, if_match)
            after = replace(wanted, version=before.version + 1)
            self.documents.save(user_id, _KIND, Stored(after.to_document(), after.version))
            return after

        return until_written(attempt, f"the preferences of {user_id}")


def _require_match(before: Preferences, if_match: str | None) -> None:
    if before.version == 0 and if_match is None:
        return
    if etag.required_version(if_match) not in {None, before.version}:
        raise PreconditionFailed("the preferences have changed since they were read")
