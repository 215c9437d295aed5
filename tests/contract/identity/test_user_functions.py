"""The functions of the routes under /users as deployed: what they answer, and that they may do just what they do."""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from identity import dynamo
from identity.model import ADMIN, CUSTOMER
from kernel import aws
from kernel.events import Event
from tests.support.accounts import put_account
from tests.support.functions import environment, load
from tests.support.lambda_events import LambdaContext, api_event, sqs_event
from tests.support.policies import granted_actions, recorded_actions
from tests.support.tables import create_from_template
from tests.unit.identity.support import Clock
from tests.unit.identity.test_functions import ENVIRONMENT
from tests.unit.identity.user_support import person

pytestmark = pytest.mark.contract
ADDRESS = {"name": "Ada", "line1": "12 St James's Square", "city": "London", "postcode": "SW1Y 4JH", "country": "GB"}


class World:
    """Ada, a customer, and Root, an admin, and the functions that they call."""

    def __init__(self) -> None:
        clock = Clock()
        self.ada, self.root = person(clock), person(clock, "root@example.com", roles=frozenset({CUSTOMER, ADMIN}))
        for user in (self.ada, self.root):
            put_account(user)
        self._keys = 0

    def call(self, function: str, method: str, resource: str, *, by: str = "ada", **event: Any) -> Any:
        user = {"ada": self.ada, "root": self.root}[by]
        known = {
            "user_id": user.user_id,
            "email": user.email,
            "roles": " ".join(user.roles),
            "scopes": " ".join(user.scopes),
        }
        self._keys += 1
        sent = {"Content-Type": "application/json", "Idempotency-Key": f"k{self._keys}", **event.pop("headers", {})}
        answer = load("identity", function).app(
            api_event(resource, method, headers=sent, authorizer=known, **event), LambdaContext()
        )
        return answer["statusCode"], json.loads(answer["body"] or "null"), answer["headers"]

    def admin(self, function: str, method: str, resource: str, **event: Any) -> Any:
        return self.call(
            function, method, resource, by="root", path=event.pop("path", {"user_id": self.ada.user_id}), **event
        )

    def new_address(self, **headers: str) -> Any:
        return self.call("create_address", "POST", "/users/me/addresses", body=ADDRESS, headers=headers)


@pytest.fixture
def world(mocked_aws: None) -> Iterator[World]:
    create_from_template("identity")
    aws.client("secretsmanager").create_secret(Name="agora/cursor-key", SecretString="secret")
    with environment(ENVIRONMENT):
        dynamo.bind("agora-identity")
        yield World()


MATCH = {"If-Match": "*"}


def profile(world: World) -> None:
    status, body, headers = world.call("get_profile", "GET", "/users/me")
    assert (status, headers["ETag"]) == (200, '"1"')
    assert body["email"] == "ada@example.com"
    assert set(body) == set("user_id email name roles status created_at updated_at version".split())


def rename(world: World) -> None:
    sent = {"Content-Type": "application/merge-patch+json", "If-Match": '"1"'}
    status, body, headers = world.call("change_profile", "PATCH", "/users/me", body={"name": "Ada King"}, headers=sent)
    assert (status, body["name"], headers["ETag"]) == (200, "Ada King", '"2"')
    for field in ({"email": "b@example.com"}, {"roles": ["admin"]}, {"status": "active"}, {"user_id": "x"}):
        refused, problem, _ = world.call("change_profile", "PATCH", "/users/me", body=field, headers=MATCH)
        assert (refused, [each["path"] for each in problem["errors"]]) == (422, list(field))
    assert world.call("change_profile", "PATCH", "/users/me", body={"name": "x"})[0] == 428
    assert world.call("change_profile", "PATCH", "/users/me", body={"name": "x"}, headers={"If-Match": '"1"'})[0] == 412
    assert world.call("change_profile", "PATCH", "/users/me", body={"name": None}, headers=MATCH)[1]["name"] is None


def delete(world: World) -> None:
    assert world.call("delete_profile", "DELETE", "/users/me")[0] == 428
    assert world.call("delete_profile", "DELETE", "/users/me", by="root", headers=MATCH)[0] == 409
    assert world.call("delete_profile", "DELETE", "/users/me", headers={"If-Match": '"1"'})[:2] == (204, None)
    assert world.call("delete_profile", "DELETE", "/users/me", headers=MATCH)[0] == 401


def read_preferences(world: World) -> None:
    status, body, headers = world.call("get_preferences", "GET", "/users/me/preferences")
    assert (status, headers["ETag"]) == (200, '"0"')
    assert body == {"language": "en", "currency": None, "marketing_emails": False, "version": 0}


def say_preferences(world: World) -> None:
    body = {"language": "en-GB", "currency": "GBP", "marketing_emails": True}
    for status, headers in ((201, {}), (428, {}), (412, {"If-Match": '"9"'}), (200, {"If-Match": '"1"'})):
        assert world.call("put_preferences", "PUT", "/users/me/preferences", body=body, headers=headers)[0] == status
    for bad in ({"language": "English!"}, {"currency": "XXX"}, {"marketing_emails": "yes"}, {"more": 1}):
        assert world.call("put_preferences", "PUT", "/users/me/preferences", body=bad, headers=MATCH)[0] == 422


def addresses(world: World) -> None:
    assert world.call("list_addresses", "GET", "/users/me/addresses")[:2] == (200, {"items": []})


def new_address(world: World) -> None:
    sent = {"Idempotency-Key": "same"}
    (status, body, headers), repeated = (world.new_address(**sent) for _ in range(2))
    assert (status, repeated[:2]) == (201, (201, body))
    assert headers["Location"].endswith(f"/users/me/addresses/{body['address_id']}")
    assert (headers["ETag"], body["default"]) == ('"1-1"', True)
    other = world.call("create_address", "POST", "/users/me/addresses", body={**ADDRESS, "city": "Bath"}, headers=sent)
    assert other[0] == 422


def one_address(world: World) -> None:
    path = {"address_id": "adr_none"}
    assert world.call("get_address", "GET", "/users/me/addresses/{address_id}", path=path)[0] == 404


def change_address(world: World) -> None:
    where: dict[str, Any] = {
        "path": {"address_id": world.new_address()[1]["address_id"]},
        "body": {**ADDRESS, "country": "FR"},
    }
    route = ("put_address", "PUT", "/users/me/addresses/{address_id}")
    status, body, headers = world.call(*route, **where, headers={"If-Match": '"1-1"'})
    assert (status, body["country"], headers["ETag"]) == (200, "FR", '"2-1"')
    assert world.call(*route, **where)[0] == 428
    assert world.call(*route, **where, headers={"If-Match": '"1-1"'})[0] == 412
    assert world.call(*route, **{**where, "body": {**ADDRESS, "country": "XX"}}, headers=MATCH)[0] == 422
    assert world.call(*route, **where, by="root", headers=MATCH)[0] == 404


def drop_address(world: World) -> None:
    where: dict[str, Any] = {"path": {"address_id": world.new_address()[1]["address_id"]}}
    route = ("delete_address", "DELETE", "/users/me/addresses/{address_id}")
    assert [world.call(*route, **where, headers=headers)[0] for headers in ({}, MATCH, MATCH)] == [428, 204, 404]


def users(world: World) -> None:
    status, page, _ = world.call("list_users", "GET", "/users", by="root", query={"limit": "1"})
    again = {"limit": "1", "cursor": page["next"]}
    rest = world.call("list_users", "GET", "/users", by="root", query=again)[1]
    assert status == 200
    assert {each["items"][0]["user_id"] for each in (page, rest)} == {world.ada.user_id, world.root.user_id}
    assert world.call("list_users", "GET", "/users", by="root", query={"role": "king"})[0] == 422
    assert world.call("list_users", "GET", "/users")[0] == 403


def one_user(world: World) -> None:
    status, body, headers = world.admin("get_user", "GET", "/users/{user_id}")
    assert (status, headers["ETag"], body["status_reason"]) == (200, '"1"', None)
    assert world.admin("get_user", "GET", "/users/{user_id}", path={"user_id": "usr_none"})[0] == 404


def status(world: World) -> None:
    route = ("put_user_status", "PUT", "/users/{user_id}/status")
    body = {"status": "suspended", "reason": "chargebacks"}
    assert world.call(*route, path={"user_id": world.ada.user_id}, body=body, headers=MATCH)[0] == 403
    assert world.admin(*route, body=body)[0] == 428
    assert world.admin(*route, body=body, headers={"If-Match": '"1"'})[1]["status"] == "suspended"
    shown = world.admin("get_user", "GET", "/users/{user_id}")[1]
    assert (shown["status_reason"], shown["status_changed_by"]) == ("chargebacks", world.root.user_id)
    own = world.admin(*route, path={"user_id": world.root.user_id}, body=body, headers=MATCH)
    assert own[0] == 409
    gone = world.admin(*route, body={"status": "deleted"}, headers=MATCH)[1]
    assert (gone["status"], gone["email"], gone["name"]) == ("deleted", None, None)
    assert world.admin(*route, body={"status": "active"}, headers=MATCH)[0] == 409


def roles(world: World) -> None:
    route = ("put_user_roles", "PUT", "/users/{user_id}/roles")
    status, body, headers = world.admin(*route, body={"roles": ["staff", "customer"]}, headers={"If-Match": '"1"'})
    assert (status, body["roles"], headers["ETag"]) == (200, ["customer", "staff"], '"2"')
    for bad in ([], ["king"]):
        assert world.admin(*route, body={"roles": bad}, headers=MATCH)[0] == 422
    own = world.admin(*route, path={"user_id": world.root.user_id}, body={"roles": ["customer"]}, headers=MATCH)
    assert own[0] == 409


def permissions(world: World) -> None:
    body = world.admin("get_user_permissions", "GET", "/users/{user_id}/permissions")[1]
    assert body["roles"] == ["customer"]
    assert body["scopes"] == ["orders:place", "orders:read", "payments:read"]


def erase(world: World) -> None:
    told = Event("agora.identity", "UserDeleted", world.ada.user_id, 2, Clock()(), {"user_id": world.ada.user_id})
    app = load("identity", "on_user_deleted").app
    assert app(sqs_event(told), LambdaContext()) == {"batchItemFailures": []}


ROUTES: Mapping[str, Callable[[World], None]] = {
    "get_profile": profile,
    "change_profile": rename,
    "delete_profile": delete,
    "get_preferences": read_preferences,
    "put_preferences": say_preferences,
    "list_addresses": addresses,
    "create_address": new_address,
    "get_address": one_address,
    "put_address": change_address,
    "delete_address": drop_address,
    "list_users": users,
    "get_user": one_user,
    "put_user_status": status,
    "put_user_roles": roles,
    "get_user_permissions": permissions,
}


@pytest.mark.parametrize("function", ROUTES)
def test_a_function_does_what_it_says_and_may_do_nothing_else(world: World, function: str) -> None:
    with recorded_actions() as used:
        ROUTES[function](world)
    assert used == granted_actions("identity", function)


def test_the_eraser_empties_the_partition_of_a_deleted_account_and_may_do_nothing_else(world: World) -> None:
    for _ in range(3):
        world.new_address()
    say_preferences(world)
    with recorded_actions() as early:
        erase(world)
    assert len(world.call("list_addresses", "GET", "/users/me/addresses")[1]["items"]) == 3
    delete(world)
    with recorded_actions() as used:
        for _ in range(2):
            erase(world)
    assert early | used == granted_actions("identity", "on_user_deleted")
    left = aws.client("dynamodb").scan(TableName="agora-identity")["Items"]
    text = json.dumps([{name: str(value) for name, value in item.items()} for item in left])
    assert "root@example.com" in text
    for personal in ("ada@example.com", "St James", "SW1Y", 'a hash"}, "name": "{\'S\': \'Ada'):
        assert personal not in text
