"""One order through the public API, its saga shown state by state, and what a person may do next."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

from rich.console import Console
from rich.markup import escape

from infra.local.aws import client
from infra.local.failure import LocalStackError
from infra.local.logs import last_error
from infra.local.seed import api_for
from infra.local.workspace import Workspace

SAGA_SECONDS = 120.0
POLL_SECONDS = 0.15
ORDER = {
    "lines": [{"sku": "MUG-STONE-BLUE", "quantity": 2}, {"sku": "TEA-ASSAM-250", "quantity": 1}],
    "currency": "GBP",
    "shipping_address": {
        "name": "Ada Customer",
        "line1": "1 High Street",
        "city": "London",
        "postcode": "N1 9GU",
        "country": "GB",
    },
    "shipping_method": "standard",
    "payment_method": "pm_card_visa",
}
Description = dict[str, Any]


class Saga:
    """Follows one execution by its history."""

    def __init__(self, description: Description, order_id: str) -> None:
        self._api = client("stepfunctions", description["endpoint_url"])
        machine = description["state_machines"]["order_saga"]
        self.arn = machine.replace(":stateMachine:", ":execution:") + f":{order_id}"

    def states(self) -> Iterator[tuple[str, float]]:
        """Each state as it is left, with the seconds that it took, until the execution ends."""
        seen, entered = 0, {}
        deadline = time.monotonic() + SAGA_SECONDS
        while time.monotonic() < deadline:
            events = self._events()
            for event in events[seen:]:
                if "stateEnteredEventDetails" in event:
                    entered[event["stateEnteredEventDetails"]["name"]] = event["timestamp"]
                if "stateExitedEventDetails" in event:
                    name = event["stateExitedEventDetails"]["name"]
                    yield name, (event["timestamp"] - entered[name]).total_seconds()
            seen = len(events)
            if events and events[-1]["type"] in {
                "ExecutionSucceeded",
                "ExecutionFailed",
                "ExecutionAborted",
                "ExecutionTimedOut",
            }:
                return
            time.sleep(POLL_SECONDS)

    def _events(self) -> list[dict[str, Any]]:
        try:
            pages = self._api.get_paginator("get_execution_history").paginate(executionArn=self.arn)
            return [event for page in pages for event in page["events"]]
        except self._api.exceptions.ExecutionDoesNotExist:
            return []


def _money(amount: dict[str, Any]) -> str:
    return f"{amount['currency']} {amount['amount'] / 100:.2f}"


def place_and_follow(description: Description, workspace: Workspace, out: Console) -> None:
    """Place an order as the customer and show its saga until the payment is captured."""
    api = api_for(description, workspace, "free")
    customer = description["customer"]
    if not api.login(customer["email"], customer["password"]):
        raise LocalStackError("The customer cannot log in.", advice="Run `make seed`.")
    started = time.monotonic()
    placed = api.call("POST", "/orders", ORDER)
    order_id = placed["order_id"]
    out.print(f"[green]✓[/] order placed          {escape(order_id)}: {placed['status']}")
    for name, seconds in Saga(description, order_id).states():
        out.print(f"    [cyan]→[/] {name:<24} [dim]{seconds * 1000:5.0f} ms[/]")
    order = _settled(api, order_id)
    if order["payment"]["status"] != "CAPTURED":
        raise LocalStackError(
            f"The order ended as {order['status']}, its payment as {order['payment']['status']}.",
            detail=f"{json.dumps(order.get('cancellation'))}\n{last_error(workspace.logs)}",
            advice=f"`make logs ID={order_id}` shows what the functions wrote about it.",
        )
    out.print(
        f"[green]✓[/] payment captured      {_money(order['total'])}, order {order['status']}, "
        f"{time.monotonic() - started:.1f} s after it was placed"
    )


def _settled(api: Any, order_id: str) -> dict[str, Any]:
    """The order once its saga has ended; the last writes may be a moment behind."""
    deadline = time.monotonic() + 10
    while True:
        order: dict[str, Any] = api.call("GET", f"/orders/{order_id}")
        if order["payment"]["status"] == "CAPTURED" or time.monotonic() > deadline:
            return order
        time.sleep(POLL_SECONDS)


def redrive(description: Description, order_id: str) -> str:
    """Run the compensations of a parked order again; answers what came of it."""
    name = f"{description['prefix']}-orders-task-redrive-order"
    answer = client("lambda", description["endpoint_url"]).invoke(
        FunctionName=name, Payload=json.dumps({"order_id": order_id})
    )
    result = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise LocalStackError(f"{name} failed: {result.get('errorMessage')}", detail=result.get("errorType", ""))
    return f"{order_id}: {result['outcome']}"


def _examples(description: Description) -> list[str]:
    """Commands that place another order, to be copied one by one."""
    customer = {name: description["customer"][name] for name in ("email", "password")}
    pick = "python3 -c 'import json, sys; print(json.load(sys.stdin)[\"access_token\"])'"
    post = 'curl -s -H "x-api-key: $KEY" -H "content-type: application/json"'
    return [
        f"API={description['api_url']}",
        f"KEY={description['api_keys']['free']}",
        "curl -s $API/health",
        'curl -s -H "x-api-key: $KEY" "$API/products?limit=3"',
        f"TOKEN=$({post} -d '{json.dumps(customer)}' $API/auth/login | {pick})",
        f"ORDER='{json.dumps(ORDER)}'",
        f'{post} -H "authorization: Bearer $TOKEN" -H "idempotency-key: $(date +%s)" -d "$ORDER" $API/orders',
    ]


def print_summary(description: Description, workspace: Workspace, out: Console) -> None:
    """Where everything is, and commands to copy."""
    places = {
        "API": description["api_url"],
        "engine": description["endpoint_url"],
        "keys": workspace.stack_file,
        "logs": description["log_dir"],
    }
    out.print()
    for name, place in places.items():
        out.print(f"{name:<9}{escape(str(place))}")
    out.print("\nTry:")
    for line in _examples(description):
        out.print(f"  {escape(line)}")
    out.print("\nThe stack stays up: `make status`, `make logs`, `make deploy` after a change, `make stop`.")
