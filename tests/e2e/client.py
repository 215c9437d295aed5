"""The deployed API as a client application sees it."""

import json
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
import httpx

from infra.local import mailbox

FINAL = frozenset({"FULFILLING", "CANCELLED", "REFUNDED", "COMPENSATION_PARKED"})
_TIMEOUT = httpx.Timeout(35.0)
_SAGA_SECONDS = 90.0
ADDRESS = {
    "name": "Ada Byron",
    "line1": "12 St James's Square",
    "city": "London",
    "postcode": "SW1Y 4JH",
    "country": "GB",
}


@dataclass
class Shop:
    """A running stack, spoken to over HTTP only. `stack` is the content of stack.json."""

    stack: Mapping[str, Any]
    _tokens: dict[str, str] = field(default_factory=dict)

    def call(
        self,
        method: str,
        path: str,
        *,
        who: str | None = None,
        plan: str | None = "internal",
        headers: Mapping[str, str] | None = None,
        **arguments: Any,
    ) -> httpx.Response:
        """A request as `who` (customer, staff, admin, None for a guest) with the API key of `plan` (None for none)."""
        sent = dict(headers or {})
        if plan is not None:
            sent["x-api-key"] = self.stack["api_keys"][plan]
        if who is not None:
            sent["Authorization"] = f"Bearer {self.token(who)}"
        url = f"{self.stack['api_url']}{path}"
        return httpx.request(method, url, headers=sent, timeout=_TIMEOUT, **arguments)

    def token(self, who: str) -> str:
        """An access token of one of the seeded users."""
        if who not in self._tokens:
            answer = self.call("POST", "/auth/login", json=self.stack[who])
            assert answer.status_code == 200, answer.text
            self._tokens[who] = answer.json()["access_token"]
        return self._tokens[who]

    def register(self, email: str, password: str, **fields: Any) -> dict[str, Any]:
        """The whole way to an account: asked for, mailed, confirmed; the tokens of its first session."""
        asked = self.call("POST", "/auth/register", json={"email": email, "password": password, **fields})
        assert (asked.status_code, asked.json()) == (202, {"status": "mail_sent"}), asked.text
        token = mailbox.token_for(self.stack["endpoint_url"], email)
        confirmed = self.call("POST", "/auth/confirm", json={"token": token, "password": password})
        assert confirmed.status_code == 201, confirmed.text
        tokens: dict[str, Any] = confirmed.json()
        return tokens

    def product(self, *, stock: int = 100, price: int = 1000, **fields: Any) -> str:
        """A new product with stock; returns its SKU."""
        sku = f"E2E-{uuid.uuid4().hex[:12]}"
        body = {
            "sku": sku,
            "name": "Enamel mug",
            "category": "kitchen",
            "price": {"amount": price, "currency": "GBP"},
            "weight_grams": 300,
            **fields,
        }
        created = self.call("POST", "/products", who="staff", json=body, headers=new_key())
        assert created.status_code == 201, created.text
        stocked = self.call("PUT", f"/inventory/{sku}", who="staff", json={"on_hand": stock})
        assert stocked.status_code in {200, 201}, stocked.text
        return sku

    def stock(self, sku: str) -> tuple[int, int, int]:
        """On hand, reserved and available."""
        level = self.call("GET", f"/inventory/{sku}", who="staff").json()
        return level["on_hand"], level["reserved"], level["available"]

    def place(self, body: Mapping[str, Any], *, who: str | None = "customer", key: str | None = None) -> httpx.Response:
        """POST /orders."""
        return self.call("POST", "/orders", who=who, json=body, headers=new_key(key))

    def invoke(self, function: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """What an operator's task answers: the function `${prefix}-<function>`, invoked with administrator's rights."""
        name = f"{self.stack['prefix']}-{function}"
        answer = self.aws("lambda").invoke(FunctionName=name, Payload=json.dumps(payload))["Payload"].read()
        told: dict[str, Any] = json.loads(answer)
        return told

    def aws(self, service: str) -> Any:
        """A client of the stack's own AWS, with administrator's rights."""
        make: Any = boto3.client  # the stubs know each service by its literal name alone
        return make(
            service,
            endpoint_url=self.stack["endpoint_url"],
            region_name=self.stack["region"],
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    @contextmanager
    def configured(self, function: str, **variables: str | None) -> Iterator[None]:
        """The function `${prefix}-<function>` has these variables for a while; None takes one away."""
        functions, name = self.aws("lambda"), f"{self.stack['prefix']}-{function}"
        before = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        changed = {key: value for key, value in {**before, **variables}.items() if value is not None}
        functions.update_function_configuration(FunctionName=name, Environment={"Variables": changed})
        try:
            yield
        finally:
            functions.update_function_configuration(FunctionName=name, Environment={"Variables": before})

    def settled(self, placed: httpx.Response, *, who: str = "staff") -> dict[str, Any]:
        """The order once its saga has ended."""
        assert placed.status_code == 202, placed.text
        deadline = time.monotonic() + _SAGA_SECONDS
        while True:
            answer = self.call("GET", f"/orders/{placed.json()['order_id']}", who=who)
            assert answer.status_code == 200, answer.text
            order: dict[str, Any] = answer.json()
            if order["status"] in FINAL or time.monotonic() > deadline:
                return order
            time.sleep(0.2)


def new_key(key: str | None = None) -> dict[str, str]:
    """An Idempotency-Key header."""
    return {"Idempotency-Key": key or str(uuid.uuid4())}


def order_of(*lines: tuple[str, int], **fields: Any) -> dict[str, Any]:
    """The body of an order of (SKU, quantity) lines, posted in the United Kingdom and paid by a good card."""
    return {
        "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines],
        "currency": "GBP",
        "shipping_method": "standard",
        "shipping_address": ADDRESS,
        "payment_method": "pm_card_visa",
        **fields,
    }


def eventually(probe: Any, *, seconds: float = 30.0) -> Any:
    """The first true result of `probe()`; what happens through queues takes a moment."""
    deadline = time.monotonic() + seconds
    while True:
        result = probe()
        if result or time.monotonic() > deadline:
            return result
        time.sleep(0.25)
