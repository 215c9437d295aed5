"""Every function of inventory as API Gateway, Step Functions and the schedule invoke it."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from inventory import reservation
from inventory.errors import DemandChanged, InvalidDemand, UnknownReservation
from kernel.errors import TransientError
from tests.contract.inventory.test_events import validator
from tests.support.deployed import BUS, Deployed, deployed
from tests.support.lambda_events import CUSTOMER
from tests.support.policies import granted_actions, recorded_actions
from tests.unit.inventory.shop import ORDER

pytestmark = pytest.mark.contract

ITEM = "/inventory/{sku}"
ADJUST = "/inventory/{sku}/adjust"
SHARDS = "/inventory/{sku}/shards"
LOW = "/inventory/low-stock"
LARGE = {"S1": 1, "S2": 1, "S3": 1}
"""More than one transaction takes, once a part is made that small."""


@pytest.fixture
def inventory(mocked_aws: None) -> Iterator[Deployed]:
    with deployed("inventory", {"AGORA_HOLD_SECONDS": "1200"}) as functions:
        yield functions


@pytest.fixture
def impatient(mocked_aws: None) -> Iterator[Deployed]:
    """Holds are over as soon as they are made."""
    with deployed("inventory", {"AGORA_HOLD_SECONDS": "0"}) as functions:
        yield functions


def count(inventory: Deployed, sku: str, on_hand: Any, if_match: str | None = None) -> tuple[int, Any, dict[str, str]]:
    headers = {"If-Match": if_match} if if_match else {}
    return inventory.request("count_stock", ITEM, "PUT", path={"sku": sku}, body={"on_hand": on_hand}, headers=headers)


def adjust(inventory: Deployed, sku: str, delta: Any, key: str = "k1", **body: Any) -> tuple[int, Any, dict[str, str]]:
    body = {"delta": delta, "reason": "damaged", **body}
    headers = {"Idempotency-Key": key}
    return inventory.request("adjust_stock", ADJUST, "POST", path={"sku": sku}, body=body, headers=headers)


def split(inventory: Deployed, sku: str, shards: Any) -> tuple[int, Any, dict[str, str]]:
    return inventory.request("split_stock", SHARDS, "PUT", path={"sku": sku}, body={"shards": shards})


def level(inventory: Deployed, sku: str = "A1") -> tuple[int, int, int]:
    status, body, _ = inventory.request("get_stock", ITEM, path={"sku": sku})
    assert status == 200
    return body["on_hand"], body["reserved"], body["available"]


class TestRoutes:
    def test_stock_is_counted_read_and_counted_again(self, inventory: Deployed) -> None:
        status, body, headers = count(inventory, "BANK%20CHARGES", 5)
        assert (status, headers["ETag"]) == (201, '"1"')
        assert body["sku"] == "BANK CHARGES"
        status, read, headers = inventory.request("get_stock", ITEM, path={"sku": "BANK%20CHARGES"})
        assert (status, read, headers["ETag"]) == (200, body, '"1-0.5"')
        assert read.keys() == {"sku", "on_hand", "reserved", "available", "version", "updated_at"}
        assert count(inventory, "BANK%20CHARGES", 6)[0] == 428
        assert count(inventory, "BANK%20CHARGES", 6, '"9"')[0] == 412
        assert count(inventory, "BANK%20CHARGES", 6, headers["ETag"])[0] == 200

    def test_what_was_never_counted_is_not_found(self, inventory: Deployed) -> None:
        status, body, headers = inventory.request("get_stock", ITEM, path={"sku": "NONE"})
        assert (status, body["type"]) == (404, "/v1/docs/problems/stock-not-found")
        assert headers["Content-Type"] == "application/problem+json"
        assert count(inventory, "A%2FB", 5)[0] == 404

    def test_an_adjustment_happens_once_for_each_key(self, inventory: Deployed) -> None:
        first = adjust(inventory, "A1", 5)
        assert first[0] == 200
        assert adjust(inventory, "A1", 5)[:2] == first[:2]
        assert adjust(inventory, "A1", 6)[0] == 422
        assert adjust(inventory, "A1", -5, "k2")[0] == 200
        assert adjust(inventory, "A1", -5, "k2")[0] == 200
        assert adjust(inventory, "A1", -1, "k3")[0] == 409
        assert level(inventory) == (0, 0, 0)

    def test_the_same_key_for_another_sku_is_another_request(self, inventory: Deployed) -> None:
        adjust(inventory, "A1", 5)
        assert adjust(inventory, "A2", 5)[0] == 422
        assert inventory.request("get_stock", ITEM, path={"sku": "A2"})[0] == 404

    def test_an_adjustment_needs_a_key(self, inventory: Deployed) -> None:
        body = {"delta": 1, "reason": "found"}
        status, answer, _ = inventory.request("adjust_stock", ADJUST, "POST", path={"sku": "A1"}, body=body)
        assert (status, answer["type"]) == (400, "/v1/docs/problems/idempotency-key-missing")

    def test_less_than_is_held_cannot_be_counted_or_written_off(self, inventory: Deployed) -> None:
        count(inventory, "A1", 5)
        inventory.task("task_reserve_stock", {"order_id": ORDER, "demand": {"A1": 4}})
        assert count(inventory, "A1", 3, "*")[0] == 409
        assert adjust(inventory, "A1", -2)[0] == 409
        assert level(inventory) == (5, 4, 1)

    def test_stock_is_split_and_put_together_again(self, inventory: Deployed) -> None:
        count(inventory, "A1", 7)
        status, body, _ = split(inventory, "A1", 3)
        assert (status, body) == (
            200,
            {
                "sku": "A1",
                "shards": 3,
                "on_hand": 7,
                "available": 7,
                "rows": [{"on_hand": units, "available": units} for units in (3, 2, 2)],
            },
        )
        assert split(inventory, "A1", 3)[:2] == (200, body)
        assert [row["on_hand"] for row in split(inventory, "A1", 1)[1]["rows"]] == [7, 0, 0]
        assert level(inventory) == (7, 0, 7)
        assert split(inventory, "NONE", 2)[0] == 404

    @pytest.mark.parametrize("shards", [0, 17, -1, "2", 2.5, None])
    def test_numbers_of_shards_that_are_none(self, inventory: Deployed, shards: Any) -> None:
        count(inventory, "A1", 7)
        status, body, _ = split(inventory, "A1", shards)
        assert (status, body["errors"][0]["path"]) == (422, "shards")

    def test_low_stock_comes_in_pages(self, inventory: Deployed) -> None:
        for index in range(5):
            count(inventory, f"S{index}", index)
        query = {"threshold": "3", "limit": "3"}
        status, first, _ = inventory.request("list_low_stock", LOW, query=query)
        assert (status, [item["sku"] for item in first["items"]]) == (200, ["S0", "S1", "S2"])
        second = inventory.request("list_low_stock", LOW, query={**query, "cursor": first["next"]})[1]
        assert [item["sku"] for item in second["items"]] == ["S3"]
        assert second["next"] is None

    def test_the_cursor_of_another_list_or_of_nobody_is_refused(self, inventory: Deployed) -> None:
        for index in range(3):
            count(inventory, f"S{index}", index)
        page = inventory.request("list_low_stock", LOW, query={"threshold": "3", "limit": "1"})[1]
        for threshold, cursor in (("2", page["next"]), ("3", page["next"][:-2] + "AA"), ("3", "forged")):
            answer = inventory.request("list_low_stock", LOW, query={"threshold": threshold, "cursor": cursor})
            assert answer[0] == 400

    @pytest.mark.parametrize(
        "query", [{"threshold": "-1"}, {"threshold": "x"}, {"limit": "0"}, {"limit": "101"}, {"colour": "red"}]
    )
    def test_queries_that_are_not_valid(self, inventory: Deployed, query: dict[str, str]) -> None:
        status, body, _ = inventory.request("list_low_stock", LOW, query=query)
        assert (status, body["errors"][0]["path"]) == (422, next(iter(query)))

    @pytest.mark.parametrize("on_hand", [-1, 10**9 + 1, "5", 5.5, None, True, [5]])
    def test_counts_that_are_none(self, inventory: Deployed, on_hand: Any) -> None:
        status, body, _ = count(inventory, "A1", on_hand)
        assert (status, body["errors"][0]["path"]) == (422, "on_hand")
        assert inventory.request("get_stock", ITEM, path={"sku": "A1"})[0] == 404

    @pytest.mark.parametrize(
        ("body", "path"),
        [
            ({"delta": "1"}, "delta"),
            ({"delta": 1.5}, "delta"),
            ({"delta": 10**10}, "delta"),
            ({"delta": -(10**10)}, "delta"),
            ({"delta": True}, "delta"),
            ({"reason": ""}, "reason"),
            ({"reason": "  "}, "reason"),
            ({"reason": "x" * 201}, "reason"),
            ({"reason": 1}, "reason"),
            ({"colour": "red"}, "colour"),
        ],
    )
    def test_adjustments_that_are_none(self, inventory: Deployed, body: dict[str, Any], path: str) -> None:
        status, answer, _ = adjust(inventory, "A1", **{"delta": 1, **body})
        assert (status, [error["path"] for error in answer["errors"]]) == (422, [path])
        assert inventory.request("get_stock", ITEM, path={"sku": "A1"})[0] == 404

    @pytest.mark.parametrize(
        ("body", "headers", "status"),
        [
            ("{", {}, 400),
            ("", {}, 400),
            ("[]", {}, 422),
            ("{}", {}, 422),
            ('{"on_hand": 5}', {"Content-Type": "text/plain"}, 415),
            ('{"on_hand": 5, "x": "' + "x" * 262144 + '"}', {}, 413),
        ],
    )
    def test_bodies_that_are_none(self, inventory: Deployed, body: str, headers: dict[str, str], status: int) -> None:
        answer = inventory.request("count_stock", ITEM, "PUT", path={"sku": "A1"}, body=body, headers=headers)
        assert answer[0] == status
        assert answer[2]["Content-Type"] == "application/problem+json"

    @pytest.mark.parametrize(
        ("function", "resource", "method"),
        [
            ("get_stock", ITEM, "GET"),
            ("count_stock", ITEM, "PUT"),
            ("adjust_stock", ADJUST, "POST"),
            ("list_low_stock", LOW, "GET"),
        ],
    )
    def test_stock_is_for_staff(self, inventory: Deployed, function: str, resource: str, method: str) -> None:
        path = {"sku": "A1"} if "{" in resource else {}
        for authorizer, status in ((None, 401), (CUSTOMER, 403)):
            assert inventory.request(function, resource, method, path=path, authorizer=authorizer)[0] == status


class TestTasks:
    def test_an_order_is_reserved_bought_and_undone(self, inventory: Deployed) -> None:
        count(inventory, "A1", 5)
        answer = inventory.task("task_reserve_stock", {"order_id": ORDER, "demand": {"A1": 2}})
        assert answer.keys() == {"outcome", "expires_at"}
        assert answer["outcome"] == "reserved"
        assert answer["expires_at"].endswith("Z")
        assert level(inventory) == (5, 2, 3)
        assert inventory.task("task_commit_reservation", {"order_id": ORDER}) == {"outcome": "committed"}
        assert level(inventory) == (3, 0, 3)
        for _ in range(2):
            assert inventory.task("task_release_reservation", {"order_id": ORDER}) == {"outcome": "released"}
        assert level(inventory) == (5, 0, 5)

    def test_a_shortage_is_an_outcome(self, inventory: Deployed) -> None:
        count(inventory, "A1", 1)
        assert inventory.task("task_reserve_stock", {"order_id": ORDER, "demand": {"A1": 2, "B2": 1}}) == {
            "outcome": "short",
            "reason": "out-of-stock",
            "detail": "not enough in stock: A1 (2 wanted, 1 there), B2 (1 wanted, 0 there)",
            "short": [
                {"sku": "A1", "requested": 2, "available": 1},
                {"sku": "B2", "requested": 1, "available": 0},
            ],
        }

    def test_a_reserve_that_comes_after_the_release_is_short(self, inventory: Deployed) -> None:
        count(inventory, "A1", 5)
        inventory.task("task_release_reservation", {"order_id": ORDER})
        answer = inventory.task("task_reserve_stock", {"order_id": ORDER, "demand": {"A1": 1}})
        assert (answer["outcome"], answer["reason"], answer["short"]) == ("short", "released", [])
        assert level(inventory) == (5, 0, 5)

    def test_the_sweeper_ends_what_has_expired(self, impatient: Deployed) -> None:
        count(impatient, "A1", 5)
        impatient.task("task_reserve_stock", {"order_id": ORDER, "demand": {"A1": 2}})
        event = {"version": "0", "id": "x", "detail-type": "Scheduled Event", "detail": {}}
        assert impatient.task("sweep_reservations", event) == {"outcome": "swept", "settled": 1}
        assert impatient.task("sweep_reservations", event) == {"outcome": "swept", "settled": 0}
        assert level(impatient) == (5, 0, 5)

    def test_an_expired_hold_whose_stock_is_gone_cannot_be_committed(self, impatient: Deployed) -> None:
        count(impatient, "A1", 2)
        impatient.task("task_reserve_stock", {"order_id": ORDER, "demand": {"A1": 2}})
        count(impatient, "A1", 1, "*")
        answer = impatient.task("task_commit_reservation", {"order_id": ORDER})
        assert answer["short"] == [{"sku": "A1", "requested": 2, "available": 1}]

    @pytest.mark.parametrize("demand", [None, [], {"A1": 0}, {"A1": -1}, {"A1": 10**12}, {"A1": "1"}, {"A1": 1.5}])
    def test_a_demand_that_is_none_is_a_fault(self, inventory: Deployed, demand: Any) -> None:
        with pytest.raises(InvalidDemand):
            inventory.task("task_reserve_stock", {"order_id": ORDER, "demand": demand})

    def test_faults_of_the_caller_are_not_transient(self, inventory: Deployed) -> None:
        count(inventory, "A1", 5)
        with pytest.raises(UnknownReservation):
            inventory.task("task_commit_reservation", {"order_id": ORDER})
        inventory.task("task_reserve_stock", {"order_id": ORDER, "demand": {"A1": 1}})
        with pytest.raises(DemandChanged):
            inventory.task("task_reserve_stock", {"order_id": ORDER, "demand": {"A1": 2}})
        for error in (InvalidDemand, UnknownReservation, DemandChanged):
            assert not issubclass(error, TransientError)


def reserve(functions: Deployed, order: str, demand: dict[str, int]) -> str:
    return str(functions.task("task_reserve_stock", {"order_id": order, "demand": demand})["outcome"])


def reserve_all_ways(functions: Deployed) -> None:
    """Two large orders, one of them short; what expired before makes way."""
    assert [reserve(functions, "ord_2", LARGE), reserve(functions, "ord_2", LARGE)] == ["reserved", "reserved"]
    assert reserve(functions, "ord_3", LARGE | {"S3": 6}) == "short"


def commit_all_ways(functions: Deployed) -> None:
    """A large hold that lapsed and is taken again, and one whose stock is gone."""
    assert functions.task("task_commit_reservation", {"order_id": ORDER})["outcome"] == "committed"
    assert functions.task("task_commit_reservation", {"order_id": "ord_late"})["outcome"] == "short"


FLOWS: dict[str, Callable[[Deployed], object]] = {
    "get_stock": lambda functions: level(functions, "S1"),
    "count_stock": lambda functions: [count(functions, "S1", 0, "*"), count(functions, "NEW", 1)],
    "adjust_stock": lambda functions: [adjust(functions, "S1", -5), adjust(functions, "NEW", 1, "k2")],
    "split_stock": lambda functions: [split(functions, "S2", 2), split(functions, "S2", 3)],
    "list_low_stock": lambda functions: functions.request("list_low_stock", LOW, query={"limit": "1"}),
    "sweep_reservations": lambda functions: functions.task("sweep_reservations", {}),
    "task_reserve_stock": reserve_all_ways,
    "task_commit_reservation": commit_all_ways,
    "task_release_reservation": lambda functions: functions.task("task_release_reservation", {"order_id": ORDER}),
}


@pytest.mark.parametrize("function", FLOWS)
def test_a_function_may_do_what_it_does_and_nothing_else(
    impatient: Deployed, function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reservation, "PART_SIZE", 2)
    for sku in LARGE:
        adjust(impatient, sku, 5, f"stock-{sku}")
    split(impatient, "S1", 2)
    reserve(impatient, "ord_late", dict.fromkeys(LARGE, 5))
    reserve(impatient, ORDER, LARGE)
    with recorded_actions() as used:
        FLOWS[function](impatient)
    assert used == granted_actions("inventory", function)


def test_the_relay_puts_every_event_on_the_bus(inventory: Deployed) -> None:
    adjust(inventory, "A1", 5)
    inventory.task("task_reserve_stock", {"order_id": ORDER, "demand": {"A1": 2}})
    inventory.task("task_commit_reservation", {"order_id": ORDER})
    inventory.task("task_release_reservation", {"order_id": ORDER})
    with recorded_actions() as used:
        entries = inventory.relayed()
    assert used - {"dynamodb:Scan"} == granted_actions("inventory", "relay_outbox") == {"events:PutEvents"}
    assert {entry["DetailType"] for entry in entries} == {"StockAdjusted", "StockCommitted", "StockReleased"}
    for entry in entries:
        assert (entry["Source"], entry["EventBusName"]) == ("agora.inventory", BUS)
        file = re.sub(r"(?<!^)([A-Z])", r"_\1", entry["DetailType"]).lower()
        validator(file).validate(json.loads(entry["Detail"]))
