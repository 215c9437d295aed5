"""The commands a developer types, on the real templates: run, status, logs, seed, and run again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from infra.local.stack import command

pytestmark = pytest.mark.e2e
DESCRIBED = {
    "api_url", "websocket_url", "endpoint_url", "region", "api_keys", "admin", "staff", "customer", "state_machines",
    "event_bus", "log_dir", "prefix",
}  # fmt: skip


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A stack made by `run`, with IAM enforced, and what the command printed."""
    directory = tmp_path_factory.mktemp("run")
    try:
        yield directory, command("run", "--directory", str(directory), "--port", "0", "--auth")
    finally:
        command("stop", "--directory", str(directory))


def described(directory: Path) -> dict[str, Any]:
    """The stack's description."""
    found: dict[str, Any] = json.loads((directory / "stack.json").read_text())
    return found


def ask(directory: Path, path: str) -> Any:
    """A GET with the key of the plan partner."""
    stack = described(directory)
    headers = {"x-api-key": stack["api_keys"]["partner"]}
    return httpx.get(stack["api_url"] + path, headers=headers, timeout=30, trust_env=False).raise_for_status().json()


def test_an_order_is_followed_to_its_captured_payment(first: tuple[Path, str]) -> None:
    """Its states are shown, then the amount."""
    states = re.findall(r"→ (\S+) +\d+ ms", first[1])
    assert [name for name in ("PriceOrder", "ReserveStock", "CapturePayment") if name in states] == [
        "PriceOrder", "ReserveStock", "CapturePayment"]  # fmt: skip
    assert re.search(r"payment captured +GBP \d+\.\d\d", first[1])
    assert "curl -s" in first[1]


def test_the_stack_is_described(first: tuple[Path, str]) -> None:
    """As the architecture says, for its owner's eyes alone."""
    stack = described(first[0])
    assert set(stack) == DESCRIBED
    assert set(stack["api_keys"]) == {"free", "partner", "internal"}
    assert "order_saga" in stack["state_machines"]
    assert stack["api_url"].startswith("http://127.0.0.1:")
    assert (first[0] / "stack.json").stat().st_mode & 0o077 == 0


def test_the_catalogue_is_there(first: tuple[Path, str]) -> None:
    """About forty products in six categories."""
    assert len(ask(first[0], "/products?limit=100")["items"]) == 40
    assert len(ask(first[0], "/categories")["items"]) == 6


def test_logs_can_be_followed_by_the_orders_id(first: tuple[Path, str]) -> None:
    """Lines of more than one function, and of that order alone."""
    order_id = re.search(r"ord_\w+", first[1])
    assert order_id
    asked = ("logs", "--directory", str(first[0]), order_id[0])
    assert all(order_id[0] in line for line in command(*asked, "--raw").splitlines())
    told = [line.split() for line in command(*asked).splitlines()]
    assert len({function for _time, function, *_ in told}) > 1
    assert [time for time, *_ in told] == sorted(time for time, *_ in told)


def test_no_function_was_refused_anything(first: tuple[Path, str]) -> None:
    """IAM is enforced: a policy that lacks a permission would have left a trace."""
    logs = "".join(path.read_text() for path in Path(described(first[0])["log_dir"]).glob("*.log"))
    assert "AccessDenied" not in logs


def test_status_and_seed_find_it_in_order(first: tuple[Path, str]) -> None:
    """And change nothing."""
    assert '"status":"ok"' in command("status", "--directory", str(first[0]))
    assert "data is there already" in command("seed", "--directory", str(first[0]))


def test_a_second_run_keeps_the_data(first: tuple[Path, str]) -> None:
    """The same stack, users and stock, and one more order."""
    before = described(first[0])
    printed = command("run", "--directory", str(first[0]))
    assert "data is there already" in printed
    assert "payment captured" in printed
    assert described(first[0]) == before
