"""What an attacker tries first, against the deployed API."""

import base64
import json
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from tests.e2e.client import ADDRESS, Shop, order_of

pytestmark = pytest.mark.e2e
Claims = dict[str, Any]
Forge = Callable[[Claims, Mapping[str, Any]], str]
NOBODY = "usr_01JD7Z8Q0R9V4M2T6X8Y0A1B2C"
# Strings that mean something to an interpreter that must never see them.
INJECTIONS = (
    "'; DROP TABLE orders; --",
    '{"$gt": ""}',
    ":x = attribute_not_exists(pk)",
    "$.order_id",
    "{% $states.input %}",
    "States.Format('{}', $.x)",
    "${jndi:ldap://x}",
    "{{7*7}}",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "%s%n",
)


@pytest.fixture(scope="session")
def signing_key(shop: Shop) -> dict[str, Any]:
    """The private key of the stack: to sign what is well formed and still not good."""
    shop.token("customer")
    name = f"{shop.stack['prefix']}/identity/signing-keys"
    secret = shop.aws("secretsmanager").get_secret_value(SecretId=name)["SecretString"]
    key: dict[str, Any] = json.loads(secret)["keys"][0]
    return key


@pytest.fixture(scope="session")
def claims(shop: Shop) -> Claims:
    """Those of a good token."""
    found: Claims = json.loads(_bytes(shop.token("customer").split(".")[1]))
    return found


def _bytes(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def _segment(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _header(key: Mapping[str, Any], **changes: Any) -> dict[str, Any]:
    return {"alg": "ES256", "typ": "at+jwt", "kid": key["kid"], **changes}


def _signed(claims: Claims, key: Mapping[str, Any], **header: Any) -> str:
    return jwt.encode(_header(key, **header), claims, ECKey.import_key(dict(key)), algorithms=["ES256"])


def _no_algorithm(claims: Claims, key: Mapping[str, Any]) -> str:
    return f"{_segment(_header(key, alg='none'))}.{_segment(claims)}."


def _hmac_with_the_public_key(claims: Claims, key: Mapping[str, Any]) -> str:
    public = json.dumps({name: value for name, value in key.items() if name != "d"})
    return jwt.encode(_header(key, alg="HS256"), claims, OctKey.import_key(public), algorithms=["HS256"])


def _key_of_ones_own(claims: Claims, key: Mapping[str, Any]) -> str:
    own = ECKey.generate_key("P-256")
    header = _header(key, jwk=own.as_dict(private=False), jku="https://attacker.example/jwks")
    return jwt.encode(header, claims, own, algorithms=["ES256"])


FORGED: dict[str, Forge] = {
    "alg none": _no_algorithm,
    "HS256 with the public key": _hmac_with_the_public_key,
    "a key of one's own in the header": _key_of_ones_own,
    "another audience": lambda claims, key: _signed({**claims, "aud": "urn:agora:other:api"}, key),
    "another issuer": lambda claims, key: _signed({**claims, "iss": "urn:agora:other:identity"}, key),
    "expired": lambda claims, key: _signed({**claims, "exp": int(time.time()) - 60}, key),
    "an unknown key id": lambda claims, key: _signed(claims, key, kid="another"),
    "a key id that is a path": lambda claims, key: _signed(claims, key, kid="../../dev/null"),
    "another type": lambda claims, key: _signed(claims, key, typ="JWT"),
    "another generation": lambda claims, key: _signed({**claims, "gen": claims["gen"] + 1}, key),
    "somebody who does not exist": lambda claims, key: _signed(
        {**claims, "sub": "usr_01JD7Z8Q0R9V4M2T6X8Y0A1B2C"}, key
    ),
    "no subject": lambda claims, key: _signed({k: v for k, v in claims.items() if k != "sub"}, key),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED)
def test_a_forged_token_is_refused(shop: Shop, signing_key: dict[str, Any], claims: Claims, forge: Forge) -> None:
    token = forge(claims, signing_key)
    for path in ("/orders", "/auth/verify"):
        answer = shop.call("GET", path, headers={"Authorization": f"Bearer {token}"})
        assert (answer.status_code, answer.headers["content-type"]) == (401, "application/problem+json")


def test_a_token_that_is_signed_as_it_should_be_is_taken(
    shop: Shop, signing_key: dict[str, Any], claims: Claims
) -> None:
    """Without this the refusals above would prove nothing."""
    headers = {"Authorization": f"Bearer {_signed(claims, signing_key)}"}
    assert shop.call("GET", "/auth/verify", headers=headers).status_code == 200


def test_a_missing_and_an_unknown_key_are_refused(shop: Shop) -> None:
    for headers in ({}, {"x-api-key": "internal_" + "x" * 40}):
        answer = shop.call("GET", "/categories", plan=None, headers=headers)
        assert (answer.status_code, answer.headers["content-type"]) == (403, "application/problem+json")
        assert "x-usage-plan" not in answer.headers


def test_the_cursor_of_one_list_opens_no_other(shop: Shop) -> None:
    category = f"cursors-{uuid.uuid4().hex[:8]}"
    for _ in range(2):
        shop.product(category=category)
    cursor = shop.call("GET", "/products", params={"category": category, "limit": "1"}).json()["next"]
    for path, params in (
        ("/products", {"category": "kitchen"}),
        ("/orders", {}),
        ("/products", {"category": category}),
    ):
        told = cursor if params != {"category": category} else cursor[:-4] + "AAAA"
        answer = shop.call("GET", path, who="staff", params={**params, "cursor": told})
        assert answer.status_code == 400, (path, answer.text)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"lines": ' + "[" * 100_000 + "]" * 100_000 + "}", 400),
        ('{"lines": 1e400}', 422),
        ('{"currency": "\\ud800"}', 400),
        ("{" + '"lines": [], ' * 2 + '"currency": "GBP"}', 422),
        ('{"currency": NaN}', 422),
        (b'{"currency": "\xff\xfe"}', 400),
        ('{"currency": "G\\u0000P"}', 422),
        ("x" * 400_000, 413),
        ("null", 422),
    ],
    ids=["deep", "huge number", "surrogate", "duplicate keys", "NaN", "no UTF-8", "NUL", "oversized", "null"],
)
def test_a_body_made_to_break_the_parser_is_a_clear_refusal(shop: Shop, body: str | bytes, status: int) -> None:
    headers = {"content-type": "application/json", "idempotency-key": uuid.uuid4().hex}
    answer = shop.call("POST", "/orders", who="customer", content=body, headers=headers)
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.status_code in {status, 400, 413, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert "Traceback" not in answer.text


def test_strings_that_mean_something_elsewhere_mean_nothing_here(shop: Shop) -> None:
    sku = shop.product()
    for text in INJECTIONS:
        address = {**ADDRESS, "line1": text, "name": text}
        order = shop.settled(shop.place(order_of((sku, 1), shipping_address=address)))
        assert order["status"] == "FULFILLING", (text, order)
        assert (order["shipping_address"]["line1"], order["shipping_address"]["name"]) == (text, text)


@pytest.mark.parametrize("header", ["X-Request-Id", "traceparent"])
@pytest.mark.parametrize("value", ["a%0d%0aSet-Cookie: x=1", "x" * 500, "<script>", "a b"])
def test_a_header_that_comes_back_carries_nothing_of_the_clients(shop: Shop, header: str, value: str) -> None:
    answer = shop.call("GET", "/categories", headers={header: value})
    assert answer.status_code == 200
    assert value not in answer.headers[header]
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    "path", ["/orders/..%2f..%2fproducts", "/products/%2e%2e%2f", "/orders/%00", "/docs/assets/..%2f..%2fmodel.py"]
)
def test_a_path_leads_nowhere_else(shop: Shop, path: str) -> None:
    answer = shop.call("GET", path, who="customer")
    assert answer.status_code in {400, 403, 404}, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_method_in_a_header_is_not_obeyed(shop: Shop) -> None:
    sku = shop.product()
    headers = {"X-HTTP-Method-Override": "DELETE", "X-HTTP-Method": "DELETE", "If-Match": "*"}
    assert shop.call("GET", f"/products/{sku}", who="staff", headers=headers).status_code == 200
    assert shop.call("GET", f"/products/{sku}").status_code == 200


def test_no_log_holds_what_is_nobodys_business(shop: Shop) -> None:
    """After traffic with secrets and personal data, good and bad, all logs of the stack are read."""
    secret, email = f"S3cret {uuid.uuid4().hex}", f"{uuid.uuid4().hex}@private.example"
    tokens = shop.register(email, secret, name="Zacharias Unmistakable")
    bearer = {"Authorization": f"Bearer {tokens['access_token']}", "idempotency-key": uuid.uuid4().hex}
    address = {**ADDRESS, "name": "Zacharias Unmistakable", "line1": "77 Unmistakable Lane"}
    order = order_of((shop.product(), 1), shipping_address=address)
    placed = shop.call("POST", "/orders", json=order, headers=bearer)
    assert placed.status_code == 202, placed.text
    shop.call("POST", "/auth/login", json={"email": email, "password": f"{secret} wrong"})
    shop.call("POST", "/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    shop.call(
        "GET", f"/orders/{placed.json()['order_id']}", headers={"Authorization": f"Bearer {tokens['access_token']}x"}
    )
    time.sleep(5)
    hidden = [
        secret,
        email,
        "Unmistakable",
        tokens["access_token"],
        tokens["refresh_token"],
        *shop.stack["api_keys"].values(),
    ]
    written = _logs(shop)
    assert placed.json()["order_id"] in written, "the logs are there"
    assert [each for each in hidden if each in written] == []


def _logs(shop: Shop) -> str:
    return "\n".join(path.read_text(errors="replace") for path in Path(shop.stack["log_dir"]).rglob("*.log"))


def test_nobody_else_sees_an_order_or_makes_themself_staff(shop: Shop) -> None:
    mine = shop.place(order_of((shop.product(), 1)), who="customer").json()
    tokens = shop.register(f"{uuid.uuid4().hex}@example.com", "a password of some length")
    bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert shop.call("GET", f"/orders/{mine['order_id']}", headers=bearer).status_code == 404
    for body in ({"roles": ["admin"]}, {"status": "active"}, {"user_id": "usr_x"}, {"version": 9}):
        answer: httpx.Response = shop.call("PATCH", "/users/me", json=body, headers={**bearer, "If-Match": "*"})
        assert answer.status_code == 422, answer.text
    assert shop.call("GET", "/users", headers=bearer).status_code == 403
