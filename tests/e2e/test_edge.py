"""The edge: keys, tokens, limits, whose order it is, and pages."""

import html
import re
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.e2e.client import Shop, order_of

pytestmark = pytest.mark.e2e


def test_health_and_info_need_no_key_and_tell_no_secret(shop: Shop) -> None:
    assert shop.call("GET", "/health", plan=None).status_code == 200
    info = shop.call("GET", "/info", plan=None).json()
    assert {"version", "region", "engine"} <= set(info)
    assert "key" not in str(info).lower()


@pytest.mark.parametrize(
    ("method", "path", "who", "plan", "status"),
    [
        ("GET", "/products", None, None, 403),
        ("GET", "/orders", None, "internal", 401),
        ("GET", "/no/such/route", "customer", "internal", 404),
        ("GET", "/inventory/anything", "customer", "internal", 403),
        ("POST", "/products", "customer", "internal", 403),
        ("GET", "/products/no-such-thing", None, "internal", 404),
        ("GET", "/orders/ord_01JD7Z8Q0R9V4M2T6X8Y0A1B2C", "customer", "internal", 404),
        ("DELETE", "/orders", None, None, 405),
        ("PATCH", "/orders/ord_01JD7Z8Q0R9V4M2T6X8Y0A1B2C", "customer", "internal", 405),
    ],
)
def test_a_refusal_is_a_problem_document(
    shop: Shop, method: str, path: str, who: str | None, plan: str | None, status: int
) -> None:
    answer = shop.call(method, path, who=who, plan=plan)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json"), answer.text
    assert answer.json()["status"] == status
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert answer.json()["instance"] == f"/v1{path}"
    host = shop.stack["api_url"].removesuffix("/v1")
    page = httpx.get(f"{host}{answer.json()['type']}", timeout=30)
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.json()["title"] in html.unescape(page.text)


def test_the_api_documents_itself(shop: Shop) -> None:
    document = shop.call("GET", "/openapi.json", plan=None).json()
    assert document["servers"][0]["url"] == "/v1"
    assert "/orders" in document["paths"]
    page = shop.call("GET", "/docs", plan=None)
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    for name in re.findall(r'"(docs/assets/[^"]+)"', page.text):
        assert shop.call("GET", f"/{name}", plan=None).status_code == 200, name


@pytest.mark.parametrize("plan", ["free", "partner", "internal"])
def test_an_answer_says_which_plan_it_counts_against(shop: Shop, plan: str) -> None:
    assert re.fullmatch(rf"{plan}_[A-Za-z0-9]{{40}}", shop.stack["api_keys"][plan])
    assert shop.call("GET", "/products/no-such-thing", plan=plan).headers["x-usage-plan"] == plan


def test_a_method_that_a_path_does_not_take_is_told_which_it_takes(shop: Shop) -> None:
    assert shop.call("DELETE", "/orders").headers["allow"] == "GET, POST, OPTIONS"


def test_what_a_client_has_is_not_sent_again(shop: Shop) -> None:
    path = f"/products/{shop.product()}"
    for read in (path, "/categories", "/products?limit=2"):
        tag = shop.call("GET", read).headers["etag"]
        again = shop.call("GET", read, headers={"If-None-Match": tag})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)


def test_a_forged_token_is_refused(shop: Shop) -> None:
    header, payload, signature = shop.token("customer").split(".")
    forged = f"{header}.{payload}.{signature[:-4]}AAAA"
    key = {"x-api-key": shop.stack["api_keys"]["internal"], "Authorization": f"Bearer {forged}"}
    assert httpx.get(f"{shop.stack['api_url']}/orders", headers=key, timeout=30).status_code == 401


def test_somebody_elses_order_and_payment_do_not_exist(shop: Shop) -> None:
    order = shop.settled(shop.place(order_of((shop.product(), 1)), who="admin"))
    for path in (
        f"/orders/{order['order_id']}",
        f"/orders/{order['order_id']}/events",
        f"/payments/{order['payment']['payment_id']}",
    ):
        assert shop.call("GET", path, who="customer").status_code == 404, path
        assert shop.call("GET", path, who="staff").status_code == 200, path


def test_pages_follow_each_other_without_gap_or_repeat(shop: Shop) -> None:
    category = "e2e-pages"
    made = {shop.product(category=category) for _ in range(5)}
    seen: list[str] = []
    params = {"category": category, "limit": "2"}
    while True:
        page = shop.call("GET", "/products", params=params).json()
        seen += [item["sku"] for item in page["items"]]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
    assert sorted(seen) == sorted(made)
    forged = {"category": category, "cursor": params["cursor"][:-2] + "zz"}
    assert shop.call("GET", "/products", params=forged).status_code == 400


def test_the_free_plan_is_limited_and_says_when_to_come_back(shop: Shop) -> None:
    # Five a second and a burst of ten: four callers at once are faster than that on any machine.
    limited: list[httpx.Response] = []
    with ThreadPoolExecutor(4) as callers:
        for _ in range(10):
            answers = callers.map(lambda _: shop.call("GET", "/categories", plan="free"), range(40))
            limited = [answer for answer in answers if answer.status_code == 429]
            if limited:
                break
    assert limited
    assert "retry-after" in limited[0].headers
    assert limited[0].headers["content-type"] == "application/problem+json"


def test_an_update_needs_the_version_that_it_changes(shop: Shop) -> None:
    sku = shop.product()
    read = shop.call("GET", f"/products/{sku}")
    body = {
        "name": "Enamel mug, blue",
        "category": "kitchen",
        "price": {"amount": 1100, "currency": "GBP"},
    }
    path = f"/products/{sku}"
    assert shop.call("PUT", path, who="staff", json=body).status_code == 428
    current = {"If-Match": read.headers["etag"]}
    assert shop.call("PUT", path, who="staff", json=body, headers=current).status_code == 200
    assert shop.call("PUT", path, who="staff", json=body, headers=current).status_code == 412


def test_a_request_id_is_accepted_and_returned(shop: Shop) -> None:
    answer = shop.call("GET", "/categories", headers={"X-Request-Id": "e2e-request-1"})
    assert answer.headers["x-request-id"] == "e2e-request-1"
