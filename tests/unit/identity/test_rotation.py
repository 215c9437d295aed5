"""The life of a signing key: published before it signs, kept until the last token of it has expired."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity.application.rotation import RotateKeys
from identity.errors import InvalidToken
from identity.fakes import MemoryKeyStore
from identity.keys import SigningKeys, by_kid, dumped, entries_of, new_private_set, not_before, public_half
from identity.rotation import LEAD, OVERLAP, begun, rotated
from identity.tokens import TokenIssuer
from identity.verifier import PublicKeys, TokenVerifier
from kernel.errors import ConflictingWrite
from tests.unit.identity.support import REALM, Clock, Identity, opened

PERIOD = timedelta(days=30)
SESSION = "ses_1"
TICK = timedelta(minutes=5)


@dataclass
class Realtime:
    """Signers and verifiers that keep what they read, and a rotation beside them; all on one clock."""

    clock: Clock = field(default_factory=Clock)
    store: MemoryKeyStore = field(default_factory=MemoryKeyStore)

    def __post_init__(self) -> None:
        self.signer = SigningKeys(self.store, now=self.seconds, monotonic=self.seconds)
        self.tokens = TokenIssuer(REALM, self.signer, self.clock)
        self.verifier = TokenVerifier(REALM, PublicKeys(self.store, self.seconds), now=lambda: int(self.seconds()))
        self.rotate = RotateKeys(self.store, PERIOD, self.clock)
        self.user = Identity(clock=self.clock).user()

    def seconds(self) -> float:
        return self.clock().timestamp()

    def token(self) -> str:
        return self.tokens.issue(self.user, SESSION)

    def pass_over(self, span: timedelta, step: timedelta = TICK) -> Iterator[None]:
        """Let time pass tick by tick."""
        for _ in range(span // step):
            self.clock.advance(seconds=step.total_seconds())
            self.rotate()
            yield


@pytest.fixture
def world() -> Realtime:
    return Realtime()


def kids(world: Realtime) -> list[str]:
    return list(by_kid(world.store.public))


def test_nothing_is_due_while_the_key_is_young(world: Realtime) -> None:
    world.token()
    before = (world.store.private, world.store.public)
    world.clock.advance(days=29)
    assert world.rotate()["outcome"] == "unchanged"
    assert (world.store.private, world.store.public) == before


def test_the_rotation_makes_the_first_key_where_nobody_signed_yet(world: Realtime) -> None:
    assert world.rotate()["kids"] == kids(world)
    assert opened(world.token())[0]["kid"] == kids(world)[0]


def test_a_key_is_published_before_it_signs_and_stays_until_its_tokens_expired(world: Realtime) -> None:
    old = opened(world.token())[0]["kid"]
    world.clock.advance(days=30, seconds=-LEAD.total_seconds())
    world.rotate()
    assert len(kids(world)) == 2
    assert opened(world.token())[0]["kid"] == old, "the new key is only published"
    world.clock.advance(seconds=LEAD.total_seconds() - 1)
    last = world.token()
    assert opened(last)[0]["kid"] == old
    world.clock.advance(seconds=1)
    world.rotate()
    assert opened(world.token())[0]["kid"] == kids(world)[1] != old
    for _ in world.pass_over(timedelta(minutes=10)):
        assert world.verifier.verify(last).session_id == SESSION
    for _ in world.pass_over(OVERLAP):
        pass
    assert old not in kids(world)
    assert opened(world.token())[0]["kid"] in kids(world)


def test_every_token_is_good_for_all_its_life_whatever_is_rotated(world: Realtime) -> None:
    tokens = [(world.clock(), world.token())]
    seen = {opened(tokens[0][1])[0]["kid"]}
    world.clock.advance(days=29, hours=23)
    for _ in world.pass_over(timedelta(hours=3), timedelta(minutes=1)):
        tokens = [(made, token) for made, token in tokens if world.clock() - made <= timedelta(minutes=15)]
        tokens.append((world.clock(), world.token()))
        seen.add(opened(tokens[-1][1])[0]["kid"])
        for _, token in tokens:
            assert world.verifier.verify(token).session_id == SESSION
    assert len(seen) == 2


@given(pauses=st.lists(st.integers(1, 60 * 24 * 70), min_size=1, max_size=30))
@settings(deadline=None, max_examples=50)
def test_however_late_the_ticks_come_the_signing_key_is_published_and_was_for_its_lead(pauses: list[int]) -> None:
    world = Realtime()
    world.rotate()
    published = {kid: world.seconds() - LEAD.total_seconds() for kid in kids(world)}
    for minutes in pauses:
        world.clock.advance(minutes=minutes)
        signing = opened(world.token())[0]["kid"]
        assert world.seconds() - published[signing] >= LEAD.total_seconds()
        world.rotate()
        for kid in kids(world):
            published.setdefault(kid, world.seconds())
        assert 1 <= len(kids(world)) <= 3
        assert kids(world) == list(by_kid(world.store.private))


def test_keys_come_in_the_order_in_which_they_sign(world: Realtime) -> None:
    world.rotate()
    for _ in world.pass_over(timedelta(days=62), timedelta(hours=1)):
        times = [not_before(entry) for entry in entries_of(world.store.private)]
        assert all(earlier < later for earlier, later in pairwise(times))


def test_a_rotation_that_died_before_publishing_is_finished_by_the_next(world: Realtime) -> None:
    world.rotate()
    world.clock.advance(days=30)
    world.store.private = rotated(world.store.private, world.clock(), PERIOD)
    assert len(kids(world)) == 1
    world.rotate()
    assert kids(world) == list(by_kid(world.store.private))
    assert len(kids(world)) == 2


def test_a_signer_does_not_publish_what_does_not_sign_yet(world: Realtime) -> None:
    world.rotate()
    world.clock.advance(days=1)
    world.store.private = begun(world.store.private, world.clock())
    published = world.store.public
    assert world.token()
    assert world.store.public == published


def test_an_operator_begins_a_rotation_early_and_only_one(world: Realtime) -> None:
    world.rotate()
    world.clock.advance(days=1)
    first = world.rotate("begin")
    assert first["outcome"] == "changed"
    assert len(first["kids"]) == 2
    assert world.rotate("begin") == {"outcome": "unchanged", "kids": first["kids"]}


def test_replaced_keys_verify_nothing_any_more(world: Realtime) -> None:
    stolen = world.token()
    world.clock.advance(minutes=5)
    assert world.verifier.verify(stolen).session_id == SESSION
    assert len(world.rotate("replace")["kids"]) == 1
    world.clock.advance(seconds=301)
    assert world.verifier.verify(world.token()).session_id == SESSION
    with pytest.raises(InvalidToken, match="unknown key"):
        world.verifier.verify(stolen)


def test_of_two_rotations_at_once_one_wins(world: Realtime) -> None:
    world.rotate()
    world.clock.advance(days=30)

    class Overtaken(MemoryKeyStore):
        def private_set(self) -> str:
            present, self.private = self.private, rotated(self.private, world.clock(), PERIOD)
            return present

    store = Overtaken(world.store.private, world.store.public)
    with pytest.raises(ConflictingWrite):
        RotateKeys(store, PERIOD, world.clock)()
    assert len(by_kid(store.private)) == 2


def test_keys_from_before_there_were_times_are_rotated_as_any_other(world: Realtime) -> None:
    (entry,) = entries_of(new_private_set())
    world.store.private = dumped([{name: part for name, part in entry.items() if name != "nbf"}])
    old = world.token()
    world.rotate()
    assert len(kids(world)) == 2
    assert world.verifier.verify(old).session_id == SESSION


def test_the_published_half_tells_no_times_and_no_secret(world: Realtime) -> None:
    world.rotate()
    assert public_half(world.store.private) == world.store.public
    assert [sorted(entry) for entry in entries_of(world.store.public)] == [
        ["alg", "crv", "kid", "kty", "use", "x", "y"]
    ]
