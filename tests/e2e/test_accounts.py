"""Accounts as client applications see them: registration, login, limits and roles."""

import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from identity.throttle import WINDOW_SECONDS
from infra.local import mailbox
from tests.e2e.client import Shop, eventually

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


def test_a_new_customer_is_let_in_once_the_mail_is_answered_and_again_later(shop: Shop) -> None:
    email = new_email()
    registered = shop.register(email, PASSWORD, name="Ada Byron")
    logged_in = login(shop, email.upper())
    assert logged_in.status_code == 200, logged_in.text
    for answer in (registered, logged_in.json()):
        assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 900)
        assert orders_with(shop, answer["access_token"]) == 200
        assert orders_with(shop, answer["refresh_token"]) == 401
    assert registered["user_id"] == logged_in.json()["user_id"]


def test_nobody_registers_as_staff(shop: Shop) -> None:
    answer = register(shop, new_email(), roles=["admin"])
    assert answer.status_code == 422
    assert [error["path"] for error in answer.json()["errors"]] == ["roles"]


def test_a_failed_login_does_not_tell_whether_the_account_exists(shop: Shop) -> None:
    email = new_email()
    shop.register(email, PASSWORD)
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
    assert all(1 <= wait <= 1000 for wait in waits)


def test_asking_for_an_account_does_not_tell_whether_there_is_one(shop: Shop) -> None:
    email = new_email()
    shop.register(email, PASSWORD)
    for path, body in (("/auth/register", {"password": PASSWORD}), ("/auth/password/forgot", {})):
        known, unknown = (shop.call("POST", path, json={"email": who, **body}) for who in (email, new_email()))
        assert (
            (known.status_code, known.json()) == (unknown.status_code, unknown.json()) == (202, {"status": "mail_sent"})
        )


def test_a_session_goes_on_until_a_token_comes_twice(shop: Shop) -> None:
    first = shop.register(new_email(), PASSWORD)["refresh_token"]
    second = refresh(shop, first)
    assert second.status_code == 200, second.text
    assert orders_with(shop, second.json()["access_token"]) == 200
    assert refresh(shop, first).status_code == 401, "it was used"
    assert refresh(shop, second.json()["refresh_token"]).status_code == 401, "the family is gone"


def refresh(shop: Shop, token: str) -> httpx.Response:
    return shop.call("POST", "/auth/refresh", json={"refresh_token": token})


def test_a_logout_ends_the_session_and_says_nothing(shop: Shop) -> None:
    token = shop.register(new_email(), PASSWORD)["refresh_token"]
    for _ in range(2):
        assert shop.call("POST", "/auth/logout", json={"refresh_token": token}).status_code == 204
    assert refresh(shop, token).status_code == 401


def test_a_forgotten_password_is_replaced_by_mail_and_ends_what_the_old_one_gave(shop: Shop) -> None:
    email = new_email()
    tokens = shop.register(email, PASSWORD)
    used = mailbox.token_for(shop.stack["endpoint_url"], email)
    assert shop.call("POST", "/auth/password/forgot", json={"email": email}).status_code == 202
    token = eventually(lambda: other_than(used, mailbox.token_for(shop.stack["endpoint_url"], email)))
    body = {"token": token, "password": "an even better password"}
    assert shop.call("POST", "/auth/password/reset", json=body).status_code == 204
    assert shop.call("POST", "/auth/password/reset", json=body).status_code == 401, "it is good once"
    assert refresh(shop, tokens["refresh_token"]).status_code == 401
    assert (login(shop, email).status_code, login(shop, email, body["password"]).status_code) == (401, 200)
    assert eventually(lambda: told_of_a_new_password(shop, email))


def told_of_a_new_password(shop: Shop, email: str) -> bool:
    mails = [str(mail) for mail in mailbox.messages(shop.stack["endpoint_url"])]
    return any(email in mail and "Your password was changed" in mail for mail in mails)


def other_than(used: str, token: str) -> str:
    return "" if token == used else token


def test_a_changed_password_gives_tokens_to_go_on_with(shop: Shop) -> None:
    email = new_email()
    old = shop.register(email, PASSWORD)
    body = {"current_password": PASSWORD, "new_password": "an even better password"}
    headers = {"Authorization": f"Bearer {old['access_token']}"}
    answer = shop.call("POST", "/auth/password/change", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    assert orders_with(shop, answer.json()["access_token"]) == 200
    assert refresh(shop, old["refresh_token"]).status_code == 401
    assert eventually(lambda: told_of_a_new_password(shop, email))


def test_a_token_is_verified_here_and_by_anybody_with_the_published_keys(shop: Shop) -> None:
    tokens = shop.register(new_email(), PASSWORD)
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    verified = shop.call("GET", "/auth/verify", headers=headers)
    assert verified.status_code == 200, verified.text
    assert verified.json()["user_id"] == tokens["user_id"]
    assert verified.json()["expires_at"] - verified.json()["issued_at"] == tokens["expires_in"]
    published = shop.call("GET", "/auth/jwks", plan=None).json()
    opened = jwt.decode(tokens["access_token"], KeySet.import_key_set(published), algorithms=["ES256"])
    assert opened.claims["sub"] == tokens["user_id"]


def invoke(shop: Shop, function: str, payload: dict[str, Any]) -> Any:
    return shop.invoke(f"identity-{function}", payload)


def test_a_rotation_of_the_signing_keys_logs_nobody_out(shop: Shop) -> None:
    email = new_email()
    before = shop.register(email, PASSWORD)["access_token"]
    begun = invoke(shop, "rotate-keys", {"rotate": "begin"})
    published = shop.call("GET", "/auth/jwks", plan=None).json()["keys"]
    assert [key["kid"] for key in published] == begun["kids"]
    assert len(published) == 2
    assert all("d" not in key and "nbf" not in key for key in published)
    tokens = [before, login(shop, email).json()["access_token"]]
    assert [orders_with(shop, token) for token in tokens] == [200, 200]
    assert invoke(shop, "rotate-keys", {}) == {"outcome": "unchanged", "kids": begun["kids"]}


def test_a_granted_role_opens_its_routes_with_the_next_token(shop: Shop) -> None:
    email = new_email()
    before = shop.register(email, PASSWORD)["access_token"]
    granted = invoke(shop, "task-grant-role", {"email": email, "roles": ["staff"]})
    assert granted["outcome"] == "granted"
    after = login(shop, email).json()["access_token"]
    path = "/inventory/no-such-thing"
    statuses = [
        shop.call("GET", path, headers={"Authorization": f"Bearer {token}"}).status_code for token in (before, after)
    ]
    assert statuses == [403, 404]
