"""The rotation of signing keys: what the key set should look like at a time. Times alone decide; nothing else is kept.

A key's life: it joins the set and is published; `LEAD` later, when every cache has read it, it signs; it does so until
the next one does; `OVERLAP` later the last token of it has expired, and it leaves the set.
"""

from datetime import datetime, timedelta

from identity.keys import Entry, dumped, entries_of, new_entry, not_before, signing_entry

LEAD = timedelta(minutes=15)
"""Longer than those who sign and those who verify keep a set (5 minutes each), and than a tick or two come late."""

OVERLAP = timedelta(minutes=25)
"""Longer than a token lives (15 minutes), than its cached answer at the gateway (1) and than two clocks differ."""


def rotated(key_set: str, now: datetime, period: timedelta) -> str:
    """The set as it should be now; the same text where nothing is due.

    Safe at any time and any number of times: after a pause of months it makes one key, and waits its lead out.
    """
    entries = _without_expired(entries_of(key_set), now)
    if max(map(not_before, entries)) + period.total_seconds() <= (now + LEAD).timestamp():
        entries = [*entries, new_entry(int((now + LEAD).timestamp()))]
    return dumped(entries) if entries != entries_of(key_set) else key_set


def begun(key_set: str, now: datetime) -> str:
    """The set with another key to come, before its time is due; unchanged while one is on its way."""
    entries = entries_of(key_set)
    if any(not_before(entry) > now.timestamp() for entry in entries):
        return key_set
    return dumped([*_without_expired(entries, now), new_entry(int((now + LEAD).timestamp()))])


def replaced(now: datetime) -> str:
    """A set of one new key, for when the old ones are in wrong hands: every token of theirs is refused."""
    return dumped([new_entry(int(now.timestamp()))])


def _without_expired(entries: list[Entry], now: datetime) -> list[Entry]:
    """Without keys that stopped signing so long ago that no token of theirs is good any more."""
    signs_since_before = signing_entry(entries, (now - OVERLAP).timestamp())
    return [entry for entry in entries if not_before(entry) >= not_before(signs_since_before)]
