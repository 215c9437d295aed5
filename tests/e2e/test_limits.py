"""Limits as a client meets them on a deployed stack, and what a browser may read of every answer."""

import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest

from tests.e2e.client import Shop, new_key, order_of

pytestmark = pytest.mark.e2e
ORIGIN = {"Origin": "https://shop.example"}


def assert_is_limit(answer: httpx.Response, slug: str) -> None:
    """429 in the one format, with when to come back, the page of its kind, and readable for a browser."""
    assert (answer.status_code, answer.headers["content-type"]) == (429, "application/problem+json"), answer.text
    assert int(answer.headers["retry-after"]) > 0
    problem = answer.json()
    assert problem["type"].endswith(f"/docs/problems/{slug}")
    assert problem["request_id"] == answer.headers["x-request-id"]
    assert answer.headers["access-control-allow-origin"] == "*"
    assert "Retry-After" in answer.headers["access-control-expose-headers"]


def burst(send: Callable[[], httpx.Response], times: int) -> list[httpx.Response]:
    """Many requests at once."""
    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(lambda _: send(), range(times)))


@contextmanager
def small_quota(shop: Shop, requests: int) -> Iterator[tuple[str, str]]:
    """A key, and its id, that may send so many requests a day."""
    gateway = shop.aws("apigateway")
    stage = next(plan["apiStages"] for plan in gateway.get_usage_plans()["items"] if plan["name"].endswith("internal"))
    quota = {"limit": requests, "period": "DAY"}
    plan = gateway.create_usage_plan(name=f"small-{uuid.uuid4().hex}", apiStages=stage, quota=quota)["id"]
    value = f"small_{uuid.uuid4().hex}"
    key = gateway.create_api_key(name=value, value=value, enabled=True)["id"]
    gateway.create_usage_plan_key(usagePlanId=plan, keyId=key, keyType="API_KEY")
    try:
        yield value, key
    finally:
        gateway.delete_api_key(apiKey=key)


def test_a_quota_that_is_used_up_says_when_to_come_back(shop: Shop) -> None:
    with small_quota(shop, 3) as (value, key_id):
        headers = {"x-api-key": value, **ORIGIN}
        answers = [shop.call("GET", "/categories", plan=None, headers=headers) for _ in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert answers[0].headers["x-usage-plan"] == "small"
        assert_is_limit(answers[3], "too-many-requests")
        assert int(answers[3].headers["retry-after"]) >= 3600, "a day's quota is not there again in a second"
        assert answers[3].headers["x-api-key-id"] == key_id
        assert value not in answers[3].text


def test_a_route_that_costs_more_is_throttled_for_all_together(shop: Shop) -> None:
    """Five at a second and ten at once, whoever asks; what else there is goes on."""
    answers = burst(lambda: shop.call("POST", "/auth/register", json={}, headers=ORIGIN), 60)
    limited = [answer for answer in answers if answer.status_code == 429]
    assert {answer.status_code for answer in answers} == {422, 429}
    assert_is_limit(limited[0], "too-many-requests")
    assert shop.call("GET", "/categories").status_code == 200


def test_a_customers_orders_in_a_minute_are_limited_and_nobody_elses(shop: Shop, sku: str) -> None:
    eager, other = (f"{uuid.uuid4().hex}@example.com" for _ in range(2))
    with shop.configured("orders-place-order", AGORA_ORDERS_PER_MINUTE="2"):
        # Five orders take less than the two minutes in which four would be allowed.
        answers = [shop.place(order_of((sku, 1), email=eager), who=None) for _ in range(5)]
        assert [answer.status_code for answer in answers].count(202) in {2, 3, 4}
        limited = [answer for answer in answers if answer.status_code == 429]
        assert_is_limit(limited[0], "order-limit-reached")
        assert int(limited[0].headers["retry-after"]) <= 60
        assert shop.place(order_of((sku, 1), email=other), who=None).status_code == 202
    assert shop.place(order_of((sku, 1), email=eager), who=None).status_code == 202
    for answer in answers:
        if answer.status_code == 202:
            shop.settled(answer)


@pytest.mark.parametrize(
    ("method", "path", "who", "plan", "status"),
    [
        ("GET", "/categories", None, "internal", 200),
        ("GET", "/products/no-such-thing", None, "internal", 404),
        ("GET", "/orders", None, "internal", 401),
        ("GET", "/products", None, None, 403),
        ("POST", "/products", "customer", "internal", 403),
        ("GET", "/no/such/route", None, "internal", 404),
        ("DELETE", "/orders", None, "internal", 405),
    ],
)
def test_a_browser_may_read_every_answer(
    shop: Shop, method: str, path: str, who: str | None, plan: str | None, status: int
) -> None:
    """Of functions and of the gateway itself, with the headers that a client needs."""
    answer = shop.call(method, path, who=who, plan=plan, headers={**ORIGIN, **new_key()})
    assert answer.status_code == status, answer.text
    assert answer.headers["access-control-allow-origin"] == "*"
    exposed = set(answer.headers["access-control-expose-headers"].split(","))
    assert {"X-Request-Id", "Retry-After", "ETag", "Location"} <= exposed


@pytest.mark.parametrize("path", ["/orders", "/products/{sku}", "/users/me"])
def test_a_preflight_says_what_a_browser_may_send(shop: Shop, path: str) -> None:
    asked = {
        **ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,x-api-key,idempotency-key",
    }
    answer = shop.call("OPTIONS", path.format(sku="MUG"), plan=None, headers=asked)
    assert answer.status_code in {200, 204}
    assert answer.headers["access-control-allow-origin"] == "*"
    allowed = {name.strip().lower() for name in answer.headers["access-control-allow-headers"].split(",")}
    needed = {"authorization", "content-type", "idempotency-key", "if-match", "if-none-match", "traceparent"}
    assert needed | {"x-api-key", "x-request-id"} <= allowed
