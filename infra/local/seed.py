"""Users, products and stock for a stack that has none, all through the public API.

The first administrator cannot be made through it: nobody may grant roles yet. The task function of identity does that.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from infra.local import mailbox
from infra.local.aws import client
from infra.local.failure import LocalStackError
from infra.local.public_api import PublicApi
from infra.local.workspace import Workspace

CATALOGUE = Path(__file__).with_name("catalogue.json")
ROLES = {"admin": ["admin", "staff"], "staff": ["staff"], "customer": []}
PARALLEL = 4
COUNTED_BEFORE = 428
Report = Callable[[str], None]
Description = dict[str, Any]


def api_for(description: Description, workspace: Workspace, plan: str = "internal") -> PublicApi:
    """A client with the key of one plan."""
    return PublicApi(description["api_url"], description["api_keys"][plan], workspace.logs)


def grant_roles(description: Description, email: str, roles: list[str]) -> None:
    """Give a registered user roles by invoking identity's task function."""
    name = f"{description['prefix']}-identity-task-grant-role"
    answer = client("lambda", description["endpoint_url"]).invoke(
        FunctionName=name, Payload=json.dumps({"email": email, "roles": roles})
    )
    if "FunctionError" in answer:
        raise LocalStackError(f"{name} failed.", detail=answer["Payload"].read().decode()[:2000])


def ensure_user(description: Description, workspace: Workspace, user: str) -> bool:
    """Register the user if it cannot log in; True when it is new."""
    api, credentials = api_for(description, workspace), description[user]
    if api.login(credentials["email"], credentials["password"]):
        return False
    api.call("POST", "/auth/register", {**credentials, "name": user.capitalize()})
    token = mailbox.token_for(description["endpoint_url"], credentials["email"])
    api.call("POST", "/auth/confirm", {"token": token, "password": credentials["password"]})
    if ROLES[user]:
        grant_roles(description, credentials["email"], ROLES[user])
    if not api.login(credentials["email"], credentials["password"]):
        raise LocalStackError(
            f"{credentials['email']} exists with another password.",
            advice="stack.json was lost while the data was kept: run `make clean` and `make run`.",
        )
    return True


def staff_api(description: Description, workspace: Workspace) -> PublicApi:
    """A client that acts as the staff member."""
    api = api_for(description, workspace)
    if not api.login(description["staff"]["email"], description["staff"]["password"]):
        raise LocalStackError("The staff member cannot log in.", advice="Run `make seed`.")
    return api


def product_of(entry: dict[str, Any]) -> dict[str, Any]:
    """The request that creates one product of the data file."""
    return {
        "sku": entry["sku"],
        "name": entry["name"],
        "description": entry["description"],
        "category": entry["category"],
        "price": {"amount": entry["price"], "currency": "GBP"},
        "tax_rate": entry["tax_rate"],
        "tax_included": True,
        "weight_grams": entry["weight_grams"],
        "stocked": True,
    }


def _count(api: PublicApi, entry: dict[str, Any]) -> None:
    """Record the first count of one SKU's shelf; one that was counted before keeps what it has."""
    path = f"/inventory/{entry['sku']}"
    if api.send("PUT", path, {"on_hand": entry["stock"]}).status_code != COUNTED_BEFORE:
        api.call("GET", path)


def _is_stocked(api: PublicApi, sku: str) -> bool:
    answer = api.send("GET", f"/inventory/{sku}")
    return answer.is_success and bool(answer.json()["on_hand"])


def ensure_catalogue(api: PublicApi, report: Report) -> int:
    """Create the products, with stock, unless the last one has stock already; answers how many were sent."""
    entries: list[dict[str, Any]] = json.loads(CATALOGUE.read_text())["products"]
    *others, last = entries
    if _is_stocked(api, last["sku"]):
        return 0
    report(f"{len(entries)} products")
    imported = api.call("POST", "/products/batch", {"products": [product_of(entry) for entry in entries]})
    if imported["failed"]:
        raise LocalStackError("Some products of catalogue.json were refused.", detail=json.dumps(imported)[:2000])
    report(f"stock of {len(entries)} products")
    with ThreadPoolExecutor(PARALLEL) as pool:
        list(pool.map(lambda entry: _count(api, entry), others))
    _count(api, last)
    return len(entries)


def seed(description: Description, workspace: Workspace, report: Report) -> str:
    """Add what is missing; says what was added."""
    report("users")
    users = sum(ensure_user(description, workspace, user) for user in ROLES)
    products = ensure_catalogue(staff_api(description, workspace), report)
    if not users and not products:
        return "data is there already"
    return f"{users} users, {products} products with stock"
