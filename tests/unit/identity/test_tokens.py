"""Access tokens, and every way to forge one that we know of."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey

from identity.errors import InvalidToken
from identity.fakes import MemoryKeyStore
from identity.keys import SigningKeys, by_kid, new_private_set, public_half
from identity.tokens import Realm
from identity.verifier import PublicKeys
from kernel.errors import TransientError
from tests.unit.identity.support import REALM, Identity, opened, segment


@pytest.fixture
def identity() -> Identity:
    return Identity()


@pytest.fixture
def token(identity: Identity) -> str:
    return identity.token()


def resigned(identity: Identity, token: str, header: dict[str, Any] | None = None, **claims: Any) -> str:
    """The token with other contents, honestly signed with our key; a claim of None is left out."""
    old_header, old_claims = opened(token)
    merged = {name: value for name, value in {**old_claims, **claims}.items() if value is not None}
    full = {name: value for name, value in {**old_header, **(header or {})}.items() if value is not None}
    return jwt.encode(full, merged, identity.keys.current(), algorithms=["ES256"], default_type=None)


def refused(identity: Identity, token: str) -> str:
    with pytest.raises(InvalidToken) as refusal:
        identity.verifier().verify(token)
    return str(refusal.value)


def test_a_token_is_signed_with_es256_and_names_its_key(identity: Identity, token: str) -> None:
    header, claims = opened(token)
    assert header == {"alg": "ES256", "typ": "at+jwt", "kid": identity.keys.current().kid}
    assert claims["exp"] - claims["iat"] == 900
    assert (claims["iss"], claims["aud"]) == ("urn:agora:agora:identity", "urn:agora:agora:api")


def test_a_good_token_is_good_until_it_expires(identity: Identity, token: str) -> None:
    identity.clock.advance(minutes=15)
    assert identity.verifier().verify(token).email == "ada@example.com"
    identity.clock.advance(seconds=5)
    assert refused(identity, token) == "ExpiredTokenError"


def test_two_tokens_of_one_moment_differ(identity: Identity) -> None:
    user = identity.user()
    assert identity.token(user) != identity.token(user)


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", ""])
def test_a_token_without_a_signature_is_refused(identity: Identity, token: str, algorithm: str) -> None:
    header, claims = opened(token)
    for signature in ("", token.rpartition(".")[2]):
        refused(identity, f"{segment({**header, 'alg': algorithm})}.{segment(claims)}.{signature}")


@pytest.mark.parametrize("algorithm", ["HS256", "ES256"])
def test_the_public_key_as_a_shared_secret_is_refused(identity: Identity, token: str, algorithm: str) -> None:
    header, claims = opened(token)
    key = identity.keys.current()
    public = key.public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    for secret in (public, identity.store.public.encode(), json.dumps(key.as_dict(private=False)).encode()):
        signed = f"{segment({**header, 'alg': algorithm})}.{segment({**claims, 'roles': ['admin']})}"
        mac = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
        refused(identity, f"{signed}.{segment(mac)}")


@pytest.mark.parametrize("extra", ["jwk", "jku", "x5c"])
def test_a_key_that_the_token_brings_along_is_not_used(identity: Identity, token: str, extra: str) -> None:
    header, claims = opened(token)
    attacker = ECKey.generate_key("P-256", {"kid": header["kid"]})
    brought = {
        "jwk": attacker.as_dict(private=False),
        "jku": "https://attacker.example/keys",
        "x5c": [base64.b64encode(b"certificate").decode()],
    }
    signed = f"{segment({**header, extra: brought[extra]})}.{segment(claims)}"
    honest = jwt.encode({"alg": "ES256"}, claims, attacker, algorithms=["ES256"])
    refused(identity, f"{signed}.{honest.rpartition('.')[2]}")


def test_a_token_of_another_key_with_our_kid_is_refused(identity: Identity, token: str) -> None:
    header, claims = opened(token)
    attacker = ECKey.generate_key("P-256", {"kid": header["kid"]})
    assert refused(identity, jwt.encode(header, claims, attacker, algorithms=["ES256"])) == "BadSignatureError"


@pytest.mark.parametrize("kid", ["unknown", "", None, 7, ["a"], "../../etc/passwd"])
def test_a_token_of_an_unknown_key_is_refused(identity: Identity, token: str, kid: Any) -> None:
    header, claims = opened(token)
    tampered = {**header, "kid": kid}
    if kid is None:
        del tampered["kid"]
    refused(identity, f"{segment(tampered)}.{segment(claims)}.{token.rpartition('.')[2]}")


@pytest.mark.parametrize(
    ("claim", "value"),
    [
        ("iss", "urn:agora:other:identity"),
        ("iss", None),
        ("aud", "urn:agora:other:api"),
        ("aud", ["urn:agora:other:api"]),
        ("aud", None),
        ("exp", None),
        ("exp", "tomorrow"),
        ("exp", float("inf")),
        ("iat", None),
        ("iat", 4102444800),
        ("nbf", 4102444800),
        ("sub", None),
        ("sub", ""),
        ("roles", "admin"),
        ("roles", None),
        ("scope", ["orders:manage"]),
        ("email", None),
        ("sid", None),
        ("sid", 7),
        ("gen", None),
        ("gen", "1"),
        ("gen", True),
    ],
)
def test_a_signed_token_with_the_wrong_claims_is_refused(
    identity: Identity, token: str, claim: str, value: Any
) -> None:
    changed = resigned(identity, token, **{claim: value}) if claim != "nbf" else resigned(identity, token, nbf=value)
    refused(identity, changed)


@pytest.mark.parametrize("typ", ["JWT", "rt+jwt", None])
def test_a_signed_token_of_another_type_is_refused(identity: Identity, token: str, typ: str | None) -> None:
    assert refused(identity, resigned(identity, token, header={"typ": typ})) == "not an access token"


def test_another_deployment_takes_none_of_our_tokens(identity: Identity, token: str) -> None:
    with pytest.raises(InvalidToken):
        identity.verifier(Realm.of("other")).verify(token)


@given(data=st.data())
def test_a_token_changed_anywhere_is_refused(data: st.DataObject) -> None:
    identity = Identity()
    parts = identity.token().split(".")
    part = data.draw(st.integers(0, 2))
    raw = bytearray(base64.urlsafe_b64decode(parts[part] + "=="))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    parts[part] = segment(bytes(raw))
    refused(identity, ".".join(parts))


@given(st.text(max_size=300) | st.binary(max_size=200).map(lambda raw: f"{segment(raw)}.{segment(raw)}.{segment(raw)}"))
def test_garbage_is_refused_quietly(text: str) -> None:
    refused(Identity(), text)


@pytest.mark.parametrize("depth", [500, 5000])
def test_deeply_nested_json_is_refused_quietly(identity: Identity, token: str, depth: int) -> None:
    nested = segment(b'{"a":' + b"[" * depth + b"]" * depth + b"}")
    refused(identity, f"{nested}.{nested}.")
    refused(identity, f"{token.partition('.')[0]}.{nested}.{token.rpartition('.')[2]}")


def test_a_huge_token_is_not_even_read(identity: Identity) -> None:
    assert refused(identity, "a" * 8193) == "too long"


class CountingStore(MemoryKeyStore):
    """A key store that counts reads and can fail."""

    reads = 0
    broken = False

    def public_set(self) -> str:
        self.reads += 1
        if self.broken:
            raise TransientError("no answer")
        return super().public_set()


class Seconds:
    """A monotonic clock that a test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def published_keys() -> tuple[CountingStore, Seconds, PublicKeys, str]:
    store, seconds = CountingStore(), Seconds()
    kid = str(SigningKeys(store).current().kid)
    store.reads = 0
    return store, seconds, PublicKeys(store, seconds), kid


def test_known_keys_are_read_once_in_five_minutes() -> None:
    store, seconds, keys, kid = published_keys()
    for _ in range(5):
        assert keys.find(kid) is not None
    assert store.reads == 1
    seconds.now += 301
    assert keys.find(kid) is not None
    assert store.reads == 2


def test_an_unknown_key_is_looked_up_once_more_but_not_for_every_forgery() -> None:
    store, seconds, keys, kid = published_keys()
    keys.find(kid)
    seconds.now += 6
    for number in range(50):
        assert keys.find(f"forged-{number}") is None
    assert store.reads == 2


def test_a_key_added_by_a_rotation_is_found() -> None:
    store, seconds, keys, kid = published_keys()
    assert keys.find(kid) is not None
    added = new_private_set()
    entries = json.loads(store.public)["keys"] + json.loads(public_half(added))["keys"]
    store.public = json.dumps({"keys": entries})
    seconds.now += 6
    assert keys.find(next(iter(by_kid(added)))) is not None
    assert keys.find(kid) is not None


def test_the_first_key_is_found_although_there_was_none_a_moment_ago() -> None:
    store = CountingStore()
    keys = PublicKeys(store, Seconds())
    assert keys.find("anything") is None
    kid = str(SigningKeys(store).current().kid)
    assert keys.find(kid) is not None


def test_known_keys_outlive_the_trouble_of_their_store() -> None:
    store, seconds, keys, kid = published_keys()
    keys.find(kid)
    store.broken = True
    seconds.now += 301
    assert keys.find(kid) is not None


def test_without_any_key_the_stores_trouble_is_not_taken_for_a_bad_token() -> None:
    store = CountingStore()
    store.broken = True
    with pytest.raises(TransientError):
        PublicKeys(store).find("anything")


def test_what_is_published_cannot_sign(identity: Identity, token: str) -> None:
    assert [sorted(key) for key in json.loads(identity.store.public)["keys"]] == [
        ["alg", "crv", "kid", "kty", "use", "x", "y"]
    ]
    assert token


def test_a_key_made_by_a_process_that_died_is_published_by_the_next() -> None:
    store = MemoryKeyStore(private=new_private_set())
    kid = SigningKeys(store).current().kid
    assert kid in by_kid(store.public)


def test_all_processes_sign_with_the_key_that_was_first() -> None:
    store = MemoryKeyStore()
    assert len({SigningKeys(store).current().kid for _ in range(5)}) == 1


def test_the_first_key_of_the_set_signs_and_all_verify() -> None:
    old, new = (json.loads(new_private_set())["keys"][0] for _ in range(2))
    identity = Identity(store=MemoryKeyStore(private=json.dumps({"keys": [new, old]})))
    token = identity.token()
    assert opened(token)[0]["kid"] == new["kid"]
    assert set(by_kid(identity.store.public)) == {old["kid"], new["kid"]}
    assert identity.verifier().verify(token).email == "ada@example.com"


def test_the_realm_follows_the_prefix() -> None:
    assert Realm.of("agora") == REALM != Realm.of("agora2")
