"""Runs every function's real handler on a mocked AWS, through what it does on good days and on bad ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from typing import Any
from unittest import mock

import botocore.client
from botocore.exceptions import ClientError

from access.dynamo import DynamoApiKeys
from access.model import ApiKey, Status, Wanted, gateway_name, new_value
from identity.mail_request import REQUEST, MailTokens, Purpose
from identity.model import User
from identity.passwords import Argon2Hasher
from kernel import aws
from kernel.clock import utc_now
from kernel.errors import TransientError
from kernel.events import Event
from kernel.ids import API_KEY, new_id
from tests.infra import project
from tests.infra.aws_calls import Permission, recorded
from tests.infra.deliveries import bus_batch, stream_batch
from tests.support.accounts import put_account
from tests.support.api_usage import answer_usage
from tests.support.aws import ENVIRONMENT
from tests.support.functions import environment
from tests.support.lambda_events import CUSTOMER, STAFF, LambdaContext, api_event, sqs_event
from tests.support.saga_stack import Stack
from tests.support.saga_world import HOME, SKUS, Shop, shop

LATER = timedelta(minutes=10)
Found = dict[str, set[Permission]]


@dataclass
class Observed:
    """By function: what its calls need, the payloads that it took without an error, and what it answered them."""

    calls: Found = field(default_factory=dict)
    payloads: dict[str, list[Any]] = field(default_factory=dict)
    answers: dict[str, list[Any]] = field(default_factory=dict)


def journeys() -> tuple[tuple[Mapping[str, Mapping[str, str]], Callable[[Traveller], None]], ...]:
    """Each journey with the environment, by context, of the shop that it goes through."""
    return (
        ({}, _everyday),
        ({"inventory": {"AGORA_HOLD_SECONDS": "0"}}, _holds_that_expire),
        ({"payments": {"AGORA_PROVIDER": "stripe"}}, _another_provider),
    )


@cache
def observed() -> Observed:
    """What was seen over all journeys."""
    seen = Observed()
    for overrides, journey in journeys():
        _run(overrides, journey, seen)
    return seen


def _run(overrides: Mapping[str, Mapping[str, str]], journey: Callable[[Traveller], None], seen: Observed) -> None:
    with furnished(overrides) as opened:
        with recorded(lambda: opened.bridge.running) as found:
            journey(Traveller(opened))
        for function, permissions in found.items():
            seen.calls.setdefault(function, set()).update(permissions)
        for invocation in opened.bridge.invocations:
            refused = isinstance(invocation.result, dict) and invocation.result.get("statusCode", 200) >= 300
            if not invocation.error and not refused:
                seen.payloads.setdefault(invocation.function, []).append(invocation.payload)
                seen.answers.setdefault(invocation.function, []).append(invocation.result)


@contextmanager
def furnished(overrides: Mapping[str, Mapping[str, str]]) -> Iterator[Shop]:
    """A shop with every function started and all that they need besides tables."""
    quick = Argon2Hasher(memory_kib=8, passes=1)
    hasher = mock.patch("identity.passwords.Argon2Hasher", return_value=quick)
    with environment(ENVIRONMENT), hasher, shop(overrides) as opened:
        _make_what_the_shop_does_without()
        _start_every_function(opened)
        yield opened


def _make_what_the_shop_does_without() -> None:
    for bus in ("agora", "agora-events"):
        aws.client("events").create_event_bus(Name=bus)
    aws.client("secretsmanager").create_secret(Name="agora/identity/signing-keys")
    aws.client("secretsmanager").create_secret(Name="agora/stripe-key", SecretString="sk_test_none")
    aws.client("sesv2").create_email_identity(EmailIdentity="agora.example")
    plan = aws.client("apigateway").create_usage_plan(name="agora-free")["id"]
    plans = json.dumps({"free": {"id": plan, "quota": 10_000}})
    aws.client("ssm").put_parameter(Name="/agora/access/usage-plans", Value=plans, Type="String")


def _start_every_function(opened: Shop) -> None:
    for _, function in project.functions():
        if function.name not in opened.bridge.handlers:
            opened.bridge.handlers[function.name] = opened.stack.handler(function.name)


@dataclass
class Traveller:
    """Somebody who goes through the shop and tries its doors."""

    shop: Shop
    _keys: Iterator[int] = field(default_factory=lambda: iter(range(10_000)))

    def task(self, function: str, payload: object) -> Any:
        """Invoke a function with this payload."""
        return self.shop.bridge.invoke(function, dict(payload) if isinstance(payload, Mapping) else payload)  # type: ignore[arg-type]

    def route(self, function: str, method: str, resource: str, *, known: Any = STAFF, **event: Any) -> Any:
        """Send a request; the answer's body. Staff send it unless told otherwise."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": f"journey-{next(self._keys)}"}
        event["headers"] = {**headers, **event.get("headers", {})}
        answer = self.task(function, api_event(resource, method, authorizer=known, **event))
        return {"status": answer["statusCode"], **json.loads(answer["body"] or "{}")}

    def relay(self, context: str) -> dict[str, Any]:
        """Put a context's events on the bus; the batch that a queue behind the bus would deliver."""
        records = stream_batch(f"agora-{context}", aws.client("dynamodb"))
        assert self.task(f"{context}-relay-outbox", records) == {"batchItemFailures": []}
        return bus_batch(records)


def _everyday(on: Traveller) -> None:
    on.shop.sell(SKUS, on_hand=500)
    _catalogue(on)
    _inventory(on)
    _identity(on)
    _people(on)
    _api_keys(on)
    _orders(on)
    _operators(on)
    _events(on)
    _documentation(on)


def _documentation(on: Traveller) -> None:
    for function, path in (
        ("get-health", "/health"),
        ("get-info", "/info"),
        ("get-openapi", "/openapi.json"),
        ("get-docs", "/docs"),
    ):
        on.task(f"system-{function}", api_event(path))
    on.task("system-get-docs-asset", api_event("/docs/assets/{name}", path={"name": "start.js"}))
    on.task("system-get-problem", api_event("/docs/problems/{slug}", path={"slug": "not-found"}))


def _catalogue(on: Traveller) -> None:
    product = {"name": "Lamp", "category": "lights", "price": {"amount": 995, "currency": "GBP"}, "weight_grams": 300}
    on.route("catalogue-create-product", "POST", "/products", body={"sku": "LAMP", **product})
    repeated = {"headers": {"Idempotency-Key": "same"}, "body": {"sku": "BULB", **product}}
    for _ in range(2):
        on.route("catalogue-create-product", "POST", "/products", **repeated)
    for sku in ("LAMP", "SHADE"):
        for tag in ("*", '"7"'):
            headers = {"If-Match": tag}
            on.route(
                "catalogue-put-product", "PUT", "/products/{sku}", path={"sku": sku}, body=product, headers=headers
            )
    on.route("catalogue-put-product", "PUT", "/products/{sku}", path={"sku": "WICK"}, body=product)
    batch = [{"sku": "LAMP", **product, "name": "Lamp 2"}, {"sku": "NEW", **product, "category": "new lights"}]
    on.route("catalogue-import-products", "POST", "/products/batch", body={"products": batch})
    on.route("catalogue-get-product", "GET", "/products/{sku}", path={"sku": "LAMP"})
    for query in ({"limit": "1"}, {"category": "lights", "limit": "1"}):
        page = on.route("catalogue-list-products", "GET", "/products", query=query)
        on.route("catalogue-list-products", "GET", "/products", query={**query, "cursor": page["next"]})
    on.route("catalogue-list-categories", "GET", "/categories")
    again = {"products": [{**entry, "name": "Lamp 3"} for entry in batch]}
    with _somebody_else_is_first(on, "catalogue-import-products"):
        on.route("catalogue-import-products", "POST", "/products/batch", body=again)
    sent = {"path": {"sku": "LAMP"}, "headers": {"If-Match": "*"}}
    on.route("catalogue-delete-product", "DELETE", "/products/{sku}", **sent)


def _inventory(on: Traveller) -> None:
    path = {"sku": "LAMP"}
    for headers in ({}, {"If-Match": '"1"'}, {"If-Match": "*"}):
        on.route("inventory-count-stock", "PUT", "/inventory/{sku}", path=path, body={"on_hand": 3}, headers=headers)
    for shards in (2, 3):
        on.route("inventory-split-stock", "PUT", "/inventory/{sku}/shards", path=path, body={"shards": shards})
    match = {"If-Match": "*"}
    on.route("inventory-count-stock", "PUT", "/inventory/{sku}", path=path, body={"on_hand": 4}, headers=match)
    on.route("inventory-get-stock", "GET", "/inventory/{sku}", path=path)
    for delta in (-2, -99, 4):
        body = {"delta": delta, "reason": "broken"}
        for _ in range(2):
            headers = {"Idempotency-Key": f"delta {delta}".replace(" ", "")}
            on.route("inventory-adjust-stock", "POST", "/inventory/{sku}/adjust", path=path, body=body, headers=headers)
    page = on.route("inventory-list-low-stock", "GET", "/inventory/low-stock", query={"threshold": "50", "limit": "1"})
    again = {"threshold": "50", "limit": "1", "cursor": str(page["next"])}
    on.route("inventory-list-low-stock", "GET", "/inventory/low-stock", query=again)
    on.task("inventory-sweep-reservations", {})


def _identity(on: Traveller) -> None:
    account = {"email": "ada@example.com", "password": "correct horse battery"}
    aws.client("sesv2").create_email_identity(EmailIdentity="orders@agora.example")
    on.route("identity-register-user", "POST", "/auth/register", known=None, body=account)
    mailed = stream_batch("agora-identity", aws.client("dynamodb"), REQUEST)
    assert on.task("identity-send-mail", mailed) == {"batchItemFailures": []}
    confirmation = {"token": _mail_token(Purpose.REGISTER), "password": account["password"]}
    on.route("identity-confirm-user", "POST", "/auth/confirm", known=None, body=confirmation)
    on.route("identity-forgot-password", "POST", "/auth/password/forgot", known=None, body={"email": account["email"]})
    reset = {"token": _mail_token(Purpose.RESET), "password": account["password"]}
    on.route("identity-reset-password", "POST", "/auth/password/reset", known=None, body=reset)
    tokens = on.route("identity-log-in", "POST", "/auth/login", known=None, body=account)
    on.route("identity-log-in", "POST", "/auth/login", known=None, body={**account, "password": "wrong"})
    refresh = {"refresh_token": tokens["refresh_token"]}
    following = on.route("identity-refresh-session", "POST", "/auth/refresh", known=None, body=refresh)
    on.route("identity-refresh-session", "POST", "/auth/refresh", known=None, body=refresh)
    on.route("identity-log-out", "POST", "/auth/logout", known=None, body={"refresh_token": following["refresh_token"]})
    tokens = on.route("identity-log-in", "POST", "/auth/login", known=None, body=account)
    me = {**CUSTOMER, "user_id": tokens["user_id"]}
    on.route("identity-verify-token", "GET", "/auth/verify", known=me)
    on.route("identity-get-keys", "GET", "/auth/jwks", known=None)
    changed = {"current_password": account["password"], "new_password": "yet another good password"}
    on.route("identity-change-password", "POST", "/auth/password/change", known=me, body=changed)
    account = {**account, "password": changed["new_password"]}
    tokens = on.route("identity-log-in", "POST", "/auth/login", known=None, body=account)
    everywhere = {"refresh_token": tokens["refresh_token"], "everywhere": True}
    on.route("identity-log-out", "POST", "/auth/logout", known=None, body=everywhere)
    tokens = on.route("identity-log-in", "POST", "/auth/login", known=None, body=account)
    assert on.task("identity-rotate-keys", {})["outcome"] == "unchanged"
    on.task("identity-rotate-keys", {"rotate": "begin"})
    on.task("identity-task-grant-role", {"email": account["email"], "roles": ["staff"]})
    arn = "arn:aws:execute-api:eu-west-2:123456789012:api/v1/GET/orders"
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    on.task("identity-authorize-request", {"methodArn": arn, "headers": headers})
    _first_login_of_a_deployment(on, account)


def _mail_token(purpose: Purpose) -> str:
    """What the mail of the one request that waits brings."""
    (record,) = stream_batch("agora-identity", aws.client("dynamodb"), REQUEST)["Records"]
    request_id = record["dynamodb"]["NewImage"]["request_id"]["S"]
    return MailTokens(lambda: "only-for-tests").token(request_id, purpose)


def _first_login_of_a_deployment(on: Traveller, account: Mapping[str, str]) -> None:
    """Whoever signs first makes the keys: here a login, as the registration above did before."""
    aws.client("secretsmanager").delete_secret(SecretId="agora/identity/signing-keys", ForceDeleteWithoutRecovery=True)
    aws.client("secretsmanager").create_secret(Name="agora/identity/signing-keys")
    aws.client("ssm").put_parameter(
        Name="/agora/identity/public-keys", Value='{"keys":[]}', Type="String", Overwrite=True
    )
    on.shop.bridge.handlers["identity-log-in"] = on.shop.stack.handler("identity-log-in")
    on.route("identity-log-in", "POST", "/auth/login", known=None, body=account)


def _people(on: Traveller) -> None:
    """A customer fills an account, an admin looks at it and changes what it may do, and at last it is deleted."""
    ada = User.register("a@example.com", "-", "Ada", utc_now())
    put_account(ada)
    me = {**CUSTOMER, "user_id": ada.user_id}
    _own_account(on, me)
    admin, user, match = {**STAFF, "scopes": "users:manage"}, {"user_id": ada.user_id}, {"If-Match": "*"}
    page = on.route("identity-list-users", "GET", "/users", known=admin, query={"limit": "1"})
    query = {"limit": "1", "cursor": str(page["next"])}
    on.route("identity-list-users", "GET", "/users", known=admin, query=query)
    sent: dict[str, Any] = {"known": admin, "path": user, "headers": match}
    on.route("identity-get-user", "GET", "/users/{user_id}", **sent)
    on.route("identity-get-user-permissions", "GET", "/users/{user_id}/permissions", **sent)
    on.route("identity-put-user-roles", "PUT", "/users/{user_id}/roles", body={"roles": ["customer", "staff"]}, **sent)
    for status in ("suspended", "active"):
        on.route("identity-put-user-status", "PUT", "/users/{user_id}/status", body={"status": status}, **sent)
    on.route("identity-delete-profile", "DELETE", "/users/me", known=me, headers=match)
    other = User.register("b@example.com", "-", "Bob", utc_now())
    put_account(other)
    sent["path"] = {"user_id": other.user_id}
    deleted = on.route("identity-put-user-status", "PUT", "/users/{user_id}/status", body={"status": "deleted"}, **sent)
    assert deleted["status"] == "deleted"


def _own_account(on: Traveller, me: Mapping[str, str]) -> None:
    match, address = {"If-Match": "*"}, {**HOME, "default": True}
    on.route("identity-get-profile", "GET", "/users/me", known=me)
    on.route("identity-change-profile", "PATCH", "/users/me", known=me, body={"name": "A"}, headers=match)
    preferences: dict[str, Any] = {"known": me, "body": {"language": "en-GB"}}
    on.route("identity-put-preferences", "PUT", "/users/me/preferences", **preferences)
    on.route("identity-get-preferences", "GET", "/users/me/preferences", known=me)
    made = on.route("identity-create-address", "POST", "/users/me/addresses", known=me, body=address)
    one = {"known": me, "path": {"address_id": made["address_id"]}, "headers": match}
    on.route("identity-list-addresses", "GET", "/users/me/addresses", known=me)
    on.route("identity-get-address", "GET", "/users/me/addresses/{address_id}", **one)
    on.route("identity-put-address", "PUT", "/users/me/addresses/{address_id}", body=address, **one)
    on.route("identity-delete-address", "DELETE", "/users/me/addresses/{address_id}", **one)


def _api_keys(on: Traveller) -> None:
    admin = {**STAFF, "scopes": "keys:manage"}
    new, once = {"name": "Till", "plan": "free"}, {"Idempotency-Key": "one-key"}
    repeated = {"known": admin, "body": new, "headers": once}
    made, _ = [on.route("access-create-api-key", "POST", "/api-keys", **repeated) for _ in range(2)]
    one: dict[str, Any] = {"known": admin, "path": {"key_id": made["key_id"]}}
    for name in ("first", "second", "second"):
        sent = {"body": {"overlap_hours": 0 if name == "second" else 1}, "headers": {"Idempotency-Key": name}}
        on.route("access-rotate-api-key", "POST", "/api-keys/{key_id}/rotate", **one, **sent)
    on.route("access-create-api-key", "POST", "/api-keys", known=admin, body=new)
    page = on.route("access-list-api-keys", "GET", "/api-keys", known=admin, query={"limit": "1"})
    query = {"limit": "1", "cursor": page["next"]}
    on.route("access-list-api-keys", "GET", "/api-keys", known=admin, query=query)
    on.route("access-get-api-key", "GET", "/api-keys/{key_id}", **one)
    answer_usage({})
    on.route("access-get-api-key-usage", "GET", "/api-keys/{key_id}/usage", **one)
    on.route("access-revoke-api-key", "DELETE", "/api-keys/{key_id}", **one)
    _revoked_meanwhile(on, "access-create-api-key", "/api-keys", known=admin, body=new)
    sent = {"known": admin, "path": {"key_id": page["items"][0]["key_id"]}, "body": {"overlap_hours": 1}}
    _revoked_meanwhile(on, "access-rotate-api-key", "/api-keys/{key_id}/rotate", **sent)
    _left_half_made()
    on.task("access-sweep-api-keys", {})


def _revoked_meanwhile(on: Traveller, function: str, resource: str, **event: Any) -> None:
    """Somebody revokes the key while its value is being made."""
    calls, name = aws.client("apigateway").meta.events, "after-call.api-gateway.CreateUsagePlanKey"
    admin = {**STAFF, "scopes": "keys:manage"}

    def revoke(**_: Any) -> None:
        page = on.route("access-list-api-keys", "GET", "/api-keys", known=admin)
        wanted = event.get("path") or {"key_id": page["items"][0]["key_id"]}
        on.route("access-revoke-api-key", "DELETE", "/api-keys/{key_id}", known=admin, path=wanted)

    calls.register(name, revoke)
    answer = on.route(function, "POST", resource, **event)
    assert answer["status"] == 409, answer
    calls.unregister(name, revoke)


def _left_half_made() -> None:
    """A key whose maker died an hour ago, between the gateway and the table."""
    before = utc_now() - timedelta(hours=1)
    wanted = Wanted(1, before, 0, STAFF["user_id"])
    key = ApiKey(new_id(API_KEY), "Till", "", "free", Status.CREATING, before, before, wanted=wanted)
    DynamoApiKeys().write(key)
    name = gateway_name("agora", key.key_id, 1)
    aws.client("apigateway").create_api_key(name=name, value=new_value("free"), enabled=True)


def _orders(on: Traveller) -> None:
    order_id, _ = on.shop.buy(known=CUSTOMER, shipping_method="standard", shipping_address=HOME)
    for method in ("pm_card_declined", "pm_card_timeout_after_charge", "pm_card_timeout_before_charge"):
        on.shop.buy(payment_method=method)
    on.shop.buy(("MUG-BLUE", 999))
    on.shop.buy(shipping_method="standard", shipping_address={**HOME, "country": "AQ"})
    guest_order = on.shop.place()
    on.shop.finish(guest_order)
    for known in (CUSTOMER, STAFF):
        query = {"limit": "1"}
        page = on.route("orders-list-orders", "GET", "/orders", known=known, query=query)
        if page["next"]:
            on.route("orders-list-orders", "GET", "/orders", known=known, query={**query, "cursor": page["next"]})
    path = {"order_id": order_id}
    on.route("orders-get-order", "GET", "/orders/{order_id}", known=CUSTOMER, path=path)
    events = on.route("orders-list-order-events", "GET", "/orders/{order_id}/events", path=path, query={"limit": "1"})
    again = {"limit": "1", "cursor": str(events["next"])}
    on.route("orders-list-order-events", "GET", "/orders/{order_id}/events", path=path, query=again)
    payment = {"payment_id": order_id.replace("ord_", "pay_")}
    on.route("payments-get-payment", "GET", "/payments/{payment_id}", path=payment)
    _guest_follows_the_link(on)
    _pays_later(on)
    _guest_pays_later(on)


def _guest_follows_the_link(on: Traveller) -> None:
    lines = [{"sku": "MUG-BLUE", "quantity": 1}]
    body = {"lines": lines, "currency": "GBP", "shipping_method": "collect", "payment_method": "pm_card_visa"}
    sent = {"body": {**body, "email": "guest@example.com"}, "headers": {"Idempotency-Key": "guest"}}
    placed, _ = [on.route("orders-place-order", "POST", "/orders", known=None, **sent) for _ in range(2)]
    on.shop.finish(placed["order_id"])
    query = dict(pair.split("=") for pair in placed["links"]["self"].partition("?")[2].split("&"))
    path = {"order_id": placed["order_id"]}
    on.route("orders-get-order", "GET", "/orders/{order_id}", known=None, path=path, query=query)
    on.route("orders-list-order-events", "GET", "/orders/{order_id}/events", known=None, path=path, query=query)


def _guest_pays_later(on: Traveller) -> None:
    lines = [{"sku": "MUG-BLUE", "quantity": 1}]
    body = {"lines": lines, "currency": "GBP", "shipping_method": "collect", "email": "guest@example.com"}
    placed = on.route("orders-place-order", "POST", "/orders", known=None, body=body)
    query = dict(pair.split("=") for pair in placed["links"]["self"].partition("?")[2].split("&"))
    sent = {"body": {"payment_method": "pm_card_visa"}, "path": {"order_id": placed["order_id"]}, "query": query}
    on.route("orders-pay-order", "POST", "/orders/{order_id}/pay", known=None, **sent)
    on.shop.finish(placed["order_id"])


def _pays_later(on: Traveller) -> None:
    order_id = on.shop.place(payment_method=None, known=CUSTOMER)
    execution = on.shop.executions.arn_of(order_id)
    on.shop.executions.wait_for(lambda: "orders-task-await-payment" in on.shop.bridge.called)
    on.shop.executions.wait_for(lambda: on.shop.executions.entered(execution)[-1].startswith("AwaitPayment"))
    body, path = {"payment_method": "pm_card_visa"}, {"order_id": order_id}
    for known in (CUSTOMER, None):
        on.route("orders-pay-order", "POST", "/orders/{order_id}/pay", known=known, body=body, path=path)
    with suppress(Exception):  # nobody waits for this made-up token, but the order is paid: it is answered
        on.task("orders-task-await-payment", {"order_id": order_id, "task_token": "made-up"})
    on.shop.finish(order_id)


def _operators(on: Traveller) -> None:
    on.shop.bridge.fail("payments-task-reverse-payment", TransientError("down"), times=50)
    parked, _ = on.shop.buy(payment_method="pm_card_capture_fails")
    on.shop.bridge.faults.clear()
    on.task("orders-task-redrive-order", {"order_id": parked})
    on.task("orders-task-rebuild-projection", {"order_id": parked})
    with _saga_that_does_not_start():
        left_behind = on.shop.place()
    with mock.patch("orders.bootstrap.utc_now", side_effect=lambda: utc_now() + LATER):  # it looks at what has waited
        swept = on.task("orders-sweep-orders", {})
    assert swept.get("started") == 1, swept
    on.shop.finish(left_behind)
    _parcels(on)


def _parcels(on: Traveller) -> None:
    """The carrier takes a parcel on and then the function dies, a parcel is called back, and one that never was."""
    create, cancel = "shipping-task-create-shipment", "shipping-task-cancel-shipment"
    shipping = {"method": "standard", "country": "GB", "weight_grams": 100}
    first, second = ({"order_id": _order(number), "shipping": shipping} for number in (1, 2))
    with _somebody_else_is_first(on, create), suppress(Exception):
        on.task(create, first)
    for function, payload in ((create, first), (cancel, first), (cancel, second), (create, second)):
        on.task(function, payload)


def _saga_that_does_not_start() -> AbstractContextManager[None]:
    refusal = ClientError({"Error": {"Code": "ServiceUnavailable", "Message": "no"}}, "StartExecution")
    return _refused("StartExecution", refusal, lambda: True)


def _somebody_else_is_first(on: Traveller, function: str) -> AbstractContextManager[None]:
    """The function's next transaction finds that what it read has changed since."""
    reasons: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": "[ConditionalCheckFailed]"},
        "CancellationReasons": [{"Code": "ConditionalCheckFailed", "Message": "changed"}],
    }
    times = iter([True])
    due = lambda: on.shop.bridge.running == function and next(times, False)  # noqa: E731
    return _refused("TransactWriteItems", ClientError(reasons, "TransactWriteItems"), due)


@contextmanager
def _refused(refused: str, refusal: ClientError, due: Callable[[], bool]) -> Iterator[None]:
    base: Any = botocore.client.BaseClient
    real = base._make_api_call

    def call(client: Any, operation: str, request: Any) -> Any:
        if operation == refused and due():
            raise refusal
        return real(client, operation, request)

    with mock.patch.object(base, "_make_api_call", call):
        yield


def _events(on: Traveller) -> None:
    sources = ("access", "catalogue", "identity", "inventory", "payments", "shipping")
    batches = {context: on.relay(context) for context in sources}
    batches["orders"] = on.relay("orders")
    for _ in range(2):
        for context in ("access", "orders", "payments"):
            assert on.task("audit-on-domain-event", batches[context]) == {"batchItemFailures": []}
        assert on.task("notifications-on-order-update", batches["orders"]) == {"batchItemFailures": []}
    on.task("audit-task-read-trail", {"aggregate_id": "ord_none"})
    told = [each for each in batches["identity"]["Records"] if '"UserDeleted"' in each["body"]]
    for each in told:
        assert on.task("identity-on-user-deleted", {"Records": [each]}) == {"batchItemFailures": []}
    _erasure(on)


def _erasure(on: Traveller) -> None:
    """The customer of the orders above is deleted, and everybody forgets them; one still waits to be paid."""
    deleted = sqs_event(_user_deleted())
    waiting = on.shop.place(payment_method=None, known=CUSTOMER)
    for context in ("orders", "notifications"):
        assert on.task(f"{context}-on-user-deleted", deleted) == {"batchItemFailures": []}
    on.route(
        "orders-pay-order",
        "POST",
        "/orders/{order_id}/pay",
        known=CUSTOMER,
        body={"payment_method": "pm_card_visa"},
        path={"order_id": waiting},
    )
    on.shop.finish(waiting)
    with mock.patch("orders.bootstrap.utc_now", side_effect=lambda: utc_now() + LATER):
        assert on.task("orders-sweep-erasures", {})["gone_on"] == 1


def _user_deleted() -> Event:
    customer = str(CUSTOMER["user_id"])
    return Event("agora.identity", "UserDeleted", customer, 2, utc_now(), {"user_id": customer}, correlation_id="j")


def _holds_that_expire(on: Traveller) -> None:
    """Each function that looks at stock finds holds that have run out, and ends them first."""
    on.shop.sell({f"SKU-{number:03}": 100 for number in range(120)}, on_hand=5)
    many = {f"SKU-{number:03}": 2 for number in range(120)}
    path, adjusted = {"sku": "MUG-BLUE"}, {"delta": -9, "reason": "broken"}
    counted = {"path": path, "headers": {"If-Match": "*"}}
    visits: list[Callable[[], object]] = [
        lambda: on.route("inventory-get-stock", "GET", "/inventory/{sku}", path=path),
        lambda: on.route("inventory-count-stock", "PUT", "/inventory/{sku}", body={"on_hand": 0}, **counted),
        lambda: on.route("inventory-adjust-stock", "POST", "/inventory/{sku}/adjust", path=path, body=adjusted),
        lambda: on.route("inventory-list-low-stock", "GET", "/inventory/low-stock", query={"threshold": "9"}),
        lambda: on.task("inventory-sweep-reservations", {}),
        lambda: on.task("inventory-task-reserve-stock", {"order_id": _order(90), "demand": {"MUG-BLUE": 10}}),
    ]
    for number, visit in enumerate(visits):
        _reserve(on, _order(number), {"MUG-BLUE": 9})
        _reserve(on, _order(50 + number), many)
        visit()
    _reserve(on, _order(80), {"TEA-GREEN": 9})
    sold = {"path": {"sku": "TEA-GREEN"}, "headers": {"If-Match": "*"}}
    on.route("inventory-count-stock", "PUT", "/inventory/{sku}", body={"on_hand": 2}, **sold)
    assert on.task("inventory-task-commit-reservation", {"order_id": _order(80)})["outcome"] == "short"
    for number, demand in enumerate(({"TEA-GREEN": 1}, many)):
        for function in ("inventory-task-commit-reservation", "inventory-task-release-reservation"):
            _reserve(on, _order(70 + number), demand)
            for _ in range(2):
                on.task(function, {"order_id": _order(70 + number)})


def _reserve(on: Traveller, order_id: str, demand: Mapping[str, int]) -> None:
    on.task("inventory-task-reserve-stock", {"order_id": order_id, "demand": demand})


def _order(number: int) -> str:
    return f"ord_01JD7Z8Q0R9V4M2T6X8Y0A{number:04}"


def _another_provider(on: Traveller) -> None:
    """With Stripe in place of the sandbox, each function reads the key first; nobody answers behind it here."""
    authorise = Stack().handler("payments-task-authorise-payment")  # by the sandbox: there is something to capture
    amount = {"amount": 100, "currency": "GBP"}
    for number, function in enumerate(("authorise", "capture", "reverse")):
        payload = {"order_id": _order(number), "amount": amount, "payment_method": "pm_card_visa", "customer_id": None}
        authorise({**payload, "order_id": _order(10 + number)}, LambdaContext())
        for order_id in (_order(number), _order(10 + number)):
            with mock.patch("socket.getaddrinfo", side_effect=OSError("no test reaches Stripe")), suppress(Exception):
                on.task(f"payments-task-{function}-payment", {**payload, "order_id": order_id})
