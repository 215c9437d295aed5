"""Accounts as client applications see them: registration, login, limits and roles."""

import json
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import httpx
import pytest

from identity.throttle import WINDOW_SECONDS
from tests.e2e.client import Shop

pytestmark = pytest.mark.e2e
PASSWORD = "a password of some length"


def new_email() -> str:
    return f"{uuid.uuid4().hex}@example.com"


def register(shop: Shop, email: str, password: str = PASSWORD, **fields: Any) -> httpx.Response:
    return shop.call("POST", "/auth/register", json={"email": email, "password": password, **fields})


def login(shop: Shop, email: str, password: str = PASSWORD) -> httpx.Response:
    return shop.call("POST", "/auth/login", json={"email": email, "password": password})


def orders_with(shop: Shop, token: str) -> int:
    return shop.call("GET", "/orders", headers={"Authorization": f"Bearer {token}"}).status_code


def test_a_new_customer_is_let_in_at_once_and_again_later(shop: Shop) -> None:
    email = new_email()
    registered = register(shop, email, name="Ada Byron")
    assert registered.status_code == 201, registered.text
    logged_in = login(shop, email.upper())
    assert logged_in.status_code == 200, logged_in.text
    for answer in (registered.json(), logged_in.json()):
        assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 900)
        assert orders_with(shop, answer["access_token"]) == 200
        assert orders_with(shop, answer["refresh_token"]) == 401
    assert registered.json()["user_id"] == logged_in.json()["user_id"]


def test_nobody_registers_as_staff(shop: Shop) -> None:
    answer = register(shop, new_email(), roles=["admin"])
    assert answer.status_code == 422
    assert [error["path"] for error in answer.json()["errors"]] == ["roles"]


def test_a_failed_login_does_not_tell_whether_the_account_exists(shop: Shop) -> None:
    email = new_email()
    register(shop, email)
    answers = [login(shop, who, "not the password") for who in (email, new_email())]
    told = [{name: value for name, value in answer.json().items() if name != "request_id"} for answer in answers]
    assert told[0] == told[1]
    assert {answer.status_code for answer in answers} == {401}


def test_guesses_sent_at_once_get_no_more_than_the_limit(shop: Shop) -> None:
    if time.time() % WINDOW_SECONDS > WINDOW_SECONDS - 20:
        time.sleep(20)  # the next window counts anew
    email = new_email()
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: login(shop, email, "not the password"), range(16)))
    assert Counter(answer.status_code for answer in answers) == {401: 10, 429: 6}
    waits = {int(answer.headers["retry-after"]) for answer in answers if answer.status_code == 429}
    assert all(1 <= wait <= 900 for wait in waits)


def test_an_address_registered_at_once_by_two_belongs_to_one(shop: Shop) -> None:
    email = new_email()
    passwords = [f"{PASSWORD} {number % 2}" for number in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda password: register(shop, email, password), passwords))
    assert Counter(answer.status_code for answer in answers) == {201: 2, 409: 2}
    assert len({answer.json()["user_id"] for answer in answers if answer.status_code == 201}) == 1


def test_a_granted_role_opens_its_routes_with_the_next_token(shop: Shop) -> None:
    email = new_email()
    before = register(shop, email).json()["access_token"]
    functions = boto3.client(
        "lambda",
        endpoint_url=shop.stack["endpoint_url"],
        region_name=shop.stack["region"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )
    payload = json.dumps({"email": email, "roles": ["staff"]})
    answer = functions.invoke(FunctionName="agora-identity-task-grant-role", Payload=payload)
    assert json.loads(answer["Payload"].read())["outcome"] == "granted"
    after = login(shop, email).json()["access_token"]
    path = "/inventory/no-such-thing"
    statuses = [
        shop.call("GET", path, headers={"Authorization": f"Bearer {token}"}).status_code for token in (before, after)
    ]
    assert statuses == [403, 404]
