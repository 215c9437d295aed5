"""API keys as admins manage them and as client applications use them."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.e2e.client import Shop, eventually, new_key

pytestmark = pytest.mark.e2e
NEW = {"name": "Till of the London shop", "plan": "partner"}


def manage(shop: Shop, method: str, path: str, **rest: Any) -> httpx.Response:
    return shop.call(method, f"/api-keys{path}", who="admin", **rest)


def create(shop: Shop, key: str | None = None, **fields: Any) -> dict[str, Any]:
    answer = manage(shop, "POST", "", json={**NEW, **fields}, headers=new_key(key))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def use(shop: Shop, value: str) -> httpx.Response:
    return shop.call("GET", "/products/no-such-thing", plan=None, headers={"x-api-key": value})


def test_a_new_key_opens_the_api_under_its_plan(shop: Shop) -> None:
    made = create(shop, plan="free")
    answer = use(shop, made["value"])
    assert (answer.status_code, answer.headers["x-usage-plan"]) == (404, "free")
    read = manage(shop, "GET", f"/{made['key_id']}").json()
    assert read == {name: value for name, value in made.items() if name != "value"}
    assert read["last_four"] == made["value"][-4:]


def test_a_repeated_request_makes_no_second_key(shop: Shop) -> None:
    assert create(shop, key="one-key-only-please") == create(shop, key="one-key-only-please")
    other = manage(shop, "POST", "", json={**NEW, "name": "another"}, headers=new_key("one-key-only-please"))
    assert other.status_code == 422


def test_a_rotation_keeps_the_old_value_for_its_overlap(shop: Shop) -> None:
    old = create(shop)
    rotated = manage(shop, "POST", f"/{old['key_id']}/rotate", json={"overlap_hours": 1}, headers=new_key())
    assert rotated.status_code == 201, rotated.text
    new = rotated.json()
    assert new["previous"]["last_four"] == old["last_four"]
    assert [use(shop, each["value"]).status_code for each in (old, new)] == [404, 404]
    at_once = manage(shop, "POST", f"/{old['key_id']}/rotate", json={"overlap_hours": 0}, headers=new_key()).json()
    assert [use(shop, each["value"]).status_code for each in (old, new, at_once)] == [403, 403, 404]


def test_a_revoked_key_is_refused_by_the_gateway(shop: Shop) -> None:
    made = create(shop)
    assert use(shop, made["value"]).status_code == 404
    for _ in range(2):
        assert manage(shop, "DELETE", f"/{made['key_id']}").status_code == 204
    refused = use(shop, made["value"])
    assert (refused.status_code, refused.headers["content-type"]) == (403, "application/problem+json")
    assert manage(shop, "GET", f"/{made['key_id']}").json()["status"] == "REVOKED"
    again = manage(shop, "POST", f"/{made['key_id']}/rotate", json={}, headers=new_key())
    assert again.status_code == 409


def test_usage_is_told_by_day(shop: Shop) -> None:
    made = create(shop, plan="free")
    for _ in range(3):
        use(shop, made["value"])
    told = manage(shop, "GET", f"/{made['key_id']}/usage").json()
    assert len(told["items"]) == 7
    assert told["items"][-1] == {"date": datetime.now(UTC).date().isoformat(), "used": 3, "remaining": 9_997}
    assert {day["used"] for day in told["items"][:-1]} == {0}
    for query in ({"start_date": "2099-01-01"}, {"end_date": "yesterday"}):
        assert manage(shop, "GET", f"/{made['key_id']}/usage", params=query).status_code == 422


def test_keys_are_listed_without_their_values(shop: Shop) -> None:
    made = [create(shop) for _ in range(2)]
    page = manage(shop, "GET", "", params={"limit": 1})
    following = manage(shop, "GET", "", params={"limit": 1, "cursor": page.json()["next"]})
    ids = [answer.json()["items"][0]["key_id"] for answer in (page, following)]
    assert ids == [each["key_id"] for each in reversed(made)]
    assert not any(each["value"] in page.text + following.text for each in made)


@pytest.mark.parametrize("who", [None, "customer", "staff"])
def test_only_admins_manage_keys(shop: Shop, who: str | None) -> None:
    answer = shop.call("POST", "/api-keys", who=who, json=NEW, headers=new_key())
    assert answer.status_code == (401 if who is None else 403)


@pytest.mark.parametrize(
    "wrong", [{"plan": "unlimited"}, {"name": ""}, {"name": "two\nlines"}, {"value": "free_" + "x" * 40}]
)
def test_a_bad_wish_makes_no_key(shop: Shop, wrong: dict[str, str]) -> None:
    before = manage(shop, "GET", "").json()["items"][:1]
    answer = manage(shop, "POST", "", json={**NEW, **wrong}, headers=new_key())
    assert answer.status_code == 422
    assert [error["path"] for error in answer.json()["errors"]] == list(wrong)
    assert manage(shop, "GET", "").json()["items"][:1] == before


def test_what_becomes_of_a_key_is_in_the_audit_trail(shop: Shop) -> None:
    made = create(shop)
    manage(shop, "DELETE", f"/{made['key_id']}")

    def told() -> bool:
        trail = shop.invoke("audit-task-read-trail", {"aggregate_id": made["key_id"]})
        return [each["name"] for each in trail["entries"]] == ["ApiKeyCreated", "ApiKeyRevoked"]

    assert eventually(told)
