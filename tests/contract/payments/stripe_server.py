"""A small server that speaks Stripe's API as far as payments uses it: shapes, states, errors and idempotency keys.

What it does follows from the payment method's name, as with the sandbox. A "timeout" is a connection that it closes
without an answer, or one that it keeps waiting.
"""

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

SECRET_KEY = "sk_test_agora"

Json = dict[str, Any]


class StripeError(Exception):
    """An error answer: `{"error": {...}}` with its HTTP status."""

    def __init__(self, status: int, code: str, kind: str = "invalid_request_error", **more: Any) -> None:
        super().__init__(code)
        self.status = status
        self.body = {"error": {"type": kind, "code": code, "message": code, **more}}


class NoAnswer(Exception):
    """The effect is there, or not, and the client will not hear of it."""


@dataclass
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    params: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass
class StripeBooks:
    """The provider's state. `answer_with` makes each call fail with an HTTP status, `delay` wait for seconds."""

    intents: dict[str, Json] = field(default_factory=dict)
    charges: dict[str, Json] = field(default_factory=dict)
    answers: dict[str, tuple[str, int, Json]] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    answer_with: int = 0
    delay: float = 0.0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def call(self, request: Seen) -> tuple[int, Json]:
        """The status and body of the answer."""
        time.sleep(self.delay)
        with self.lock:
            self.seen.append(request)
            if request.headers.get("authorization") != f"Bearer {SECRET_KEY}":
                return 401, {"error": {"type": "invalid_request_error", "message": "Invalid API Key provided"}}
            if self.answer_with:
                return self.answer_with, {"error": {"type": "api_error", "message": "made to fail"}}
            return self._once(request)

    def _once(self, request: Seen) -> tuple[int, Json]:
        """Replay what the idempotency key was answered before, refusals included."""
        key = request.headers.get("idempotency-key", "")
        what = json.dumps([request.path, sorted(request.params.items())])
        if key in self.answers and request.method == "POST":
            before, status, body = self.answers[key]
            if before != what:
                return 400, {"error": {"type": "idempotency_error", "message": "Keys can only be used once"}}
            return status, body
        try:
            status, body = 200, self._handle(request)
        except StripeError as error:
            status, body = error.status, error.body
        if request.method == "POST":
            self.answers[key] = (what, status, body)
            if "timeout_after" in request.params.get("payment_method", ""):
                raise NoAnswer
        return status, body

    def _handle(self, request: Seen) -> Json:
        match [request.method, *request.path.strip("/").split("/")]:
            case ["POST", "v1", "payment_intents"]:
                return self._create(request.params)
            case ["POST", "v1", "payment_intents", reference, "capture"]:
                return self._capture(self._intent(reference), request.params)
            case ["POST", "v1", "payment_intents", reference, "cancel"]:
                return self._cancel(self._intent(reference), request.params)
            case ["POST", "v1", "refunds"]:
                return self._refund(request.params)
            case ["GET", "v1", "charges"]:
                return self._list(request.params)
        raise StripeError(404, "resource_missing")

    def _create(self, params: Mapping[str, str]) -> Json:
        method = params["payment_method"]
        if "timeout_before" in method:
            raise NoAnswer
        intent: Json = {
            "id": f"pi_{len(self.intents)}",
            "object": "payment_intent",
            "amount": int(params["amount"]),
            "amount_received": 0,
            "currency": params["currency"],
            "capture_method": params["capture_method"],
            "payment_method": method,
            "status": "requires_action" if "confirmation" in method else "requires_capture",
            "latest_charge": None,
            "last_payment_error": None,
            "transfer_group": params.get("transfer_group"),
        }
        self.intents[intent["id"]] = intent
        if intent["status"] != "requires_action":
            self._charge(intent)
        if "declined" in method:
            intent["status"] = "requires_payment_method"
            intent["last_payment_error"] = {"code": "card_declined", "decline_code": "generic_decline"}
            raise StripeError(402, "card_declined", "card_error", decline_code="generic_decline", payment_intent=intent)
        return self._shown(intent, params)

    def _charge(self, intent: Json) -> None:
        charge = {
            "id": f"ch_{len(self.charges)}",
            "object": "charge",
            "amount": intent["amount"],
            "amount_refunded": 0,
            "payment_intent": intent["id"],
            "transfer_group": intent["transfer_group"],
        }
        self.charges[charge["id"]] = charge
        intent["latest_charge"] = charge["id"]

    def _capture(self, intent: Json, params: Mapping[str, str]) -> Json:
        _require_state(intent, "requires_capture")
        if "capture_fails" in intent["payment_method"]:
            raise StripeError(400, "charge_expired_for_capture")
        if int(params["amount_to_capture"]) > intent["amount"]:
            raise StripeError(400, "amount_too_large")
        intent.update(status="succeeded", amount_received=int(params["amount_to_capture"]))
        return self._shown(intent, params)

    def _cancel(self, intent: Json, params: Mapping[str, str]) -> Json:
        _require_state(intent, "requires_capture", "requires_action", "requires_payment_method")
        intent["status"] = "canceled"
        return self._shown(intent, params)

    def _refund(self, params: Mapping[str, str]) -> Json:
        intent = self._intent(params["payment_intent"])
        _require_state(intent, "succeeded")
        charge = self.charges[intent["latest_charge"]]
        if charge["amount_refunded"] + int(params["amount"]) > intent["amount_received"]:
            raise StripeError(400, "charge_already_refunded")
        charge["amount_refunded"] += int(params["amount"])
        expand = [name for name in _expanded(params) if name.startswith("payment_intent")]
        shown = (
            self._shown(intent, {"expand[0]": "latest_charge"})
            if expand == ["payment_intent.latest_charge"]
            else intent["id"]
        )
        return {
            "id": "re_1",
            "object": "refund",
            "amount": int(params["amount"]),
            "status": "succeeded",
            "payment_intent": shown,
        }

    def _list(self, params: Mapping[str, str]) -> Json:
        found = [
            charge for charge in reversed(self.charges.values()) if charge["transfer_group"] == params["transfer_group"]
        ]
        if "data.payment_intent.latest_charge" in _expanded(params):
            inner = {"expand[0]": "latest_charge"}
            found = [
                {**charge, "payment_intent": self._shown(self._intent(charge["payment_intent"]), inner)}
                for charge in found
            ]
        return {"object": "list", "url": "/v1/charges", "has_more": False, "data": found}

    def _intent(self, reference: str) -> Json:
        if reference not in self.intents:
            raise StripeError(404, "resource_missing")
        return self.intents[reference]

    def _shown(self, intent: Json, params: Mapping[str, str]) -> Json:
        """The intent as of now, with its charge in full only where that was asked for."""
        charge = intent["latest_charge"]
        full = charge is not None and "latest_charge" in _expanded(params)
        return {**intent, "latest_charge": dict(self.charges[charge]) if full else charge}


def _expanded(params: Mapping[str, str]) -> list[str]:
    return [value for name, value in params.items() if name.startswith("expand[")]


def _require_state(intent: Json, *states: str) -> None:
    if intent["status"] not in states:
        raise StripeError(400, "payment_intent_unexpected_state")


@contextmanager
def serving(books: StripeBooks) -> Iterator[str]:
    """The base URL of a server over `books`, on a free port of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(books.call))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _handler(call: Callable[[Seen], tuple[int, Json]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer("GET", urlsplit(self.path).query)

        def do_POST(self) -> None:
            self._answer("POST", self.rfile.read(int(self.headers.get("content-length") or 0)).decode())

        def _answer(self, method: str, form: str) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            try:
                status, body = call(Seen(method, urlsplit(self.path).path, dict(parse_qsl(form)), headers))
            except NoAnswer:
                self.close_connection = True
                return
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_: object) -> None:
            """Tests say what went wrong themselves."""

    return Handler
