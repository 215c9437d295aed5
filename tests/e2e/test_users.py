"""One's own account, what admins do with it, and what is left when it is deleted."""

import json
import time
import uuid
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from identity.dynamo import items
from identity.model import User
from identity.passwords import Argon2Hasher
from kernel.clock import utc_now
from tests.e2e.client import ADDRESS, Shop, eventually, new_key, order_of

pytestmark = pytest.mark.e2e
PASSWORD = "a password of some length"
CACHED_SECONDS = 60
ANY = {"If-Match": "*"}


@dataclass
class Person:
    """Somebody with an account of their own. It is put straight into the table: no mail arrives in a test."""

    shop: Shop
    user: User
    token: str = ""

    @classmethod
    def new(cls, shop: Shop) -> "Person":
        email = f"{uuid.uuid4().hex}@example.com"
        person = cls(shop, User.register(email, Argon2Hasher().hash(PASSWORD), "Ada Byron", utc_now()))
        table = shop.aws("dynamodb")
        address = items.EmailItem(f"EMAIL#{email}", items.EMAIL, user_id=person.user.user_id)
        for item in (items.user_item(person.user), items.access_item(person.user), address):
            table.put_item(TableName=f"{shop.stack['prefix']}-identity", Item=item.serialize())
        answer = person.login()
        assert answer.status_code == 200, answer.text
        return replace(person, token=answer.json()["access_token"])

    def login(self) -> httpx.Response:
        return self.shop.call("POST", "/auth/login", json={"email": self.user.email, "password": PASSWORD})

    def call(self, method: str, path: str, headers: dict[str, str] | None = None, **arguments: Any) -> httpx.Response:
        sent = {"Authorization": f"Bearer {self.token}", **(headers or {})}
        return self.shop.call(method, path, headers=sent, **arguments)


@pytest.fixture
def ada(shop: Shop) -> Person:
    return Person.new(shop)


def test_a_profile_is_read_and_changed_and_roles_are_not(ada: Person) -> None:
    read = ada.call("GET", "/users/me")
    assert (read.status_code, read.headers["etag"]) == (200, '"1"')
    assert (read.json()["name"], read.json()["roles"]) == ("Ada Byron", ["customer"])
    assert ada.call("GET", "/users/me", {"If-None-Match": '"1"'}).status_code == 304
    for field in ({"roles": ["admin"]}, {"status": "active"}, {"email": "b@example.com"}):
        refused = ada.call("PATCH", "/users/me", ANY, json=field)
        assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, next(iter(field)))
    changed = ada.call("PATCH", "/users/me", {"If-Match": '"1"'}, json={"name": "Ada King"})
    assert (changed.status_code, changed.json()["name"]) == (200, "Ada King")
    assert ada.call("PATCH", "/users/me", {"If-Match": '"1"'}, json={"name": "X"}).status_code == 412
    assert ada.call("PATCH", "/users/me", json={"name": "X"}).status_code == 428


def test_addresses_and_preferences_are_kept(ada: Person) -> None:
    made, repeated = (ada.call("POST", "/users/me/addresses", new_key("same"), json=ADDRESS) for _ in range(2))
    assert (made.status_code, repeated.json()) == (201, made.json())
    second = ada.call("POST", "/users/me/addresses", new_key(), json={**ADDRESS, "default": True}).json()
    listed = ada.call("GET", "/users/me/addresses").json()["items"]
    assert [(each["address_id"], each["default"]) for each in listed] == [
        (made.json()["address_id"], False),
        (second["address_id"], True),
    ]
    path = f"/users/me/addresses/{second['address_id']}"
    assert ada.call("PUT", path, ANY, json={**ADDRESS, "city": "Bath"}).json()["city"] == "Bath"
    assert ada.call("DELETE", path, ANY).status_code == 204
    assert ada.call("GET", path).status_code == 404
    assert ada.call("PUT", "/users/me/preferences", json={"language": "en-GB"}).status_code == 201
    assert ada.call("GET", "/users/me/preferences").json()["language"] == "en-GB"
    stranger = Person.new(ada.shop)
    assert stranger.call("GET", f"/users/me/addresses/{made.json()['address_id']}").status_code == 404


def test_admins_list_suspend_and_let_in_again(shop: Shop, ada: Person) -> None:
    assert ada.call("GET", "/users").status_code == 403
    listed = shop.call("GET", "/users", who="admin", params={"role": "customer", "limit": "1"}).json()
    assert listed["items"][0]["user_id"] == ada.user.user_id
    path = f"/users/{ada.user.user_id}"
    suspended = {"status": "suspended", "reason": "chargebacks"}
    answer = shop.call("PUT", f"{path}/status", who="admin", headers={"If-Match": '"1"'}, json=suspended)
    assert (answer.status_code, answer.json()["status"]) == (200, "suspended")
    assert shop.call("GET", path, who="admin").json()["status_reason"] == "chargebacks"
    assert ada.login().status_code == 401
    start = time.monotonic()
    assert eventually(lambda: ada.call("GET", "/users/me").status_code == 401, seconds=CACHED_SECONDS + 10)
    assert time.monotonic() - start <= CACHED_SECONDS + 5
    shop.call("PUT", f"{path}/status", who="admin", headers=ANY, json={"status": "active"})
    assert ada.login().status_code == 200
    me = shop.call("GET", "/users/me", who="admin").json()
    own = shop.call("PUT", f"/users/{me['user_id']}/roles", who="admin", headers=ANY, json={"roles": ["customer"]})
    assert (own.status_code, own.json()["type"].rpartition("/")[2]) == (409, "own-access")


def test_a_role_that_an_admin_gives_is_in_the_next_token(shop: Shop, ada: Person) -> None:
    path = f"/users/{ada.user.user_id}"
    roles = {"roles": ["customer", "staff"]}
    assert shop.call("PUT", f"{path}/roles", who="admin", headers=ANY, json=roles).status_code == 200
    again = replace(ada, token=ada.login().json()["access_token"])
    assert again.call("GET", "/inventory/no-such-thing").status_code == 404
    assert "inventory:read" in shop.call("GET", f"{path}/permissions", who="admin").json()["scopes"]


def test_of_a_deleted_account_the_orders_stay_without_the_person(shop: Shop, ada: Person) -> None:
    ada.call("POST", "/users/me/addresses", new_key(), json=ADDRESS)
    body = order_of((shop.product(), 1))
    order = shop.settled(ada.call("POST", "/orders", new_key(), json=body))
    assert order["email"] == ada.user.email
    assert ada.call("DELETE", "/users/me").status_code == 428
    assert ada.call("DELETE", "/users/me", ANY).status_code == 204
    assert ada.login().status_code == 401
    path = f"/orders/{order['order_id']}"

    def anonymous() -> Any:
        read = shop.call("GET", path, who="staff").json()
        return read if read["email"] is None else None

    left = eventually(anonymous, seconds=60)
    assert left is not None
    assert (left["shipping_address"]["name"], left["shipping_address"]["country"]) == ("[erased]", "GB")
    assert (left["total"], left["status"], left["lines"]) == (order["total"], order["status"], order["lines"])
    history = shop.call("GET", f"{path}/events", who="staff").text
    rebuilt = shop.invoke("orders-task-rebuild-projection", {"order_id": order["order_id"]})
    assert rebuilt["versions"] == {order["order_id"]: left["version"]}
    assert shop.call("GET", path, who="staff").json() == left
    for personal in (ada.user.email, "Ada Byron", "St James"):
        assert personal not in history
    tombstone = shop.call("GET", f"/users/{ada.user.user_id}", who="admin").json()
    assert (tombstone["status"], tombstone["email"], tombstone["name"]) == ("deleted", None, None)
    assert eventually(lambda: not _personal_items(shop, ada), seconds=60)


def _personal_items(shop: Shop, person: Person) -> list[str]:
    """What any table still holds of the person."""
    table = shop.aws("dynamodb")
    found = []
    for name in ("identity", "notifications"):
        listed = table.scan(TableName=f"{shop.stack['prefix']}-{name}")["Items"]
        found += [text for text in map(json.dumps, (_texts(item) for item in listed)) if person.user.email in text]
    return found


def _texts(item: dict[str, Any]) -> list[str]:
    return [str(value) for value in item.values()]
