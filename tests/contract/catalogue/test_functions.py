"""Every function of the catalogue as API Gateway and orders invoke it."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from catalogue.errors import InvalidQuestion
from tests.contract.catalogue.test_events import validator
from tests.support.deployed import BUS, Deployed, deployed
from tests.support.lambda_events import CUSTOMER
from tests.support.policies import granted_actions, recorded_actions
from tests.unit.catalogue.shelf import BODY

pytestmark = pytest.mark.contract

PRODUCTS, PRODUCT, BATCH = "/products", "/products/{sku}", "/products/batch"
DETAILS = {name: value for name, value in BODY.items() if name != "sku"}
Answer = tuple[int, Any, dict[str, str]]


@pytest.fixture
def catalogue(mocked_aws: None) -> Iterator[Deployed]:
    with deployed("catalogue") as functions:
        yield functions


def create(catalogue: Deployed, key: str = "", **changes: Any) -> Answer:
    headers = {"Idempotency-Key": key} if key else {}
    return catalogue.request("create_product", PRODUCTS, "POST", body={**BODY, **changes}, headers=headers)


def put(catalogue: Deployed, sku: str = "85123A", if_match: str = "", **changes: Any) -> Answer:
    headers = {"If-Match": if_match} if if_match else {}
    body = {**DETAILS, **changes}
    return catalogue.request("put_product", PRODUCT, "PUT", path={"sku": sku}, body=body, headers=headers)


def delete(catalogue: Deployed, sku: str = "85123A", if_match: str = "") -> Answer:
    headers = {"If-Match": if_match} if if_match else {}
    return catalogue.request("delete_product", PRODUCT, "DELETE", path={"sku": sku}, headers=headers)


def read(catalogue: Deployed, sku: str = "85123A") -> Answer:
    return catalogue.request("get_product", PRODUCT, path={"sku": sku}, authorizer=None)


def batch(catalogue: Deployed, products: object, **rest: Any) -> Answer:
    return catalogue.request("import_products", BATCH, "POST", body={"products": products, **rest})


def listed(catalogue: Deployed, **query: str) -> Answer:
    return catalogue.request("list_products", PRODUCTS, query=query, authorizer=None)


class TestOneProduct:
    def test_a_product_is_created_with_its_defaults_and_read_by_anybody(self, catalogue: Deployed) -> None:
        status, body, headers = create(catalogue)
        assert (status, headers["ETag"]) == (201, '"1"')
        times = {name: body.pop(name) for name in ("created_at", "updated_at")}
        assert body == {
            **BODY,
            "description": "",
            "tax_rate": "0.20",
            "tax_included": True,
            "discount_rate": "0",
            "weight_grams": 0,
            "stocked": True,
            "version": 1,
        }
        assert all(moment.endswith("Z") for moment in times.values())
        status, got, headers = read(catalogue)
        assert (status, got, headers["ETag"]) == (200, body | times, '"1"')

    def test_a_sku_is_taken_once_and_a_key_replays(self, catalogue: Deployed) -> None:
        first = create(catalogue, "k1")
        assert create(catalogue, "k1")[:2] == first[:2]
        assert create(catalogue, "k1", name="Other")[0] == 422
        for key in ("", "k2"):
            status, body, _ = create(catalogue, key)
            assert (status, body["type"]) == (409, "/v1/docs/problems/product-exists")

    def test_put_creates_then_replaces_what_was_read(self, catalogue: Deployed) -> None:
        assert put(catalogue, if_match="*")[0] == 412
        assert put(catalogue)[0] == 201
        assert put(catalogue, name="Green")[0] == 428
        assert put(catalogue, if_match='"9"', name="Green")[0] == 412
        status, body, headers = put(catalogue, if_match='"1"', name="Green")
        assert (status, body["name"], headers["ETag"]) == (200, "Green", '"2"')

    def test_put_of_another_sku_than_the_paths_is_refused(self, catalogue: Deployed) -> None:
        status, body, _ = put_body_sku(catalogue, "OTHER")
        assert (status, body["errors"][0]["path"]) == (422, "sku")
        assert put(catalogue, "A%2FB")[0] == 422
        assert read(catalogue)[0] == 404

    def test_a_deleted_product_is_gone(self, catalogue: Deployed) -> None:
        create(catalogue)
        assert delete(catalogue)[0] == 428
        assert delete(catalogue, if_match='"9"')[0] == 412
        status, body, _ = delete(catalogue, if_match='"1"')
        assert (status, body) == (204, None)
        assert read(catalogue)[0] == 404
        assert delete(catalogue, if_match="*")[0] == 404
        assert create(catalogue)[2]["ETag"] == '"3"'

    def test_a_code_with_a_space_is_a_path(self, catalogue: Deployed) -> None:
        assert put(catalogue, "BANK%20CHARGES")[1]["sku"] == "BANK CHARGES"
        assert read(catalogue, "BANK%20CHARGES")[0] == 200

    @pytest.mark.parametrize(
        ("changes", "path"),
        [
            ({"sku": ""}, "sku"),
            ({"sku": "A/B"}, "sku"),
            ({"sku": "batch"}, "sku"),
            ({"sku": 85123}, "sku"),
            ({"name": ""}, "name"),
            ({"name": "   "}, "name"),
            ({"name": "x" * 201}, "name"),
            ({"name": "bell\u0007"}, "name"),
            ({"name": "two\nlines"}, "name"),
            ({"description": "x" * 2001}, "description"),
            ({"category": ""}, "category"),
            ({"category": "&"}, "category"),
            ({"category": "x" * 65}, "category"),
            ({"category": None}, "category"),
            ({"price": 12.5}, "price"),
            ({"price": {"amount": -1, "currency": "GBP"}}, "price.amount"),
            ({"price": {"amount": 10**12 + 1, "currency": "GBP"}}, "price.amount"),
            ({"price": {"amount": "1", "currency": "GBP"}}, "price.amount"),
            ({"price": {"amount": 1.0, "currency": "GBP"}}, "price.amount"),
            ({"price": {"amount": 1, "currency": "XXX"}}, "price.currency"),
            ({"price": {"amount": 1, "currency": "gbp"}}, "price.currency"),
            ({"price": {"amount": 1}}, "price.currency"),
            ({"price": {"amount": 1, "currency": "GBP", "vat": 1}}, "price.vat"),
            ({"tax_rate": 0.2}, "tax_rate"),
            ({"tax_rate": "1.1"}, "tax_rate"),
            ({"tax_included": "yes"}, "tax_included"),
            ({"discount_rate": "-0.1"}, "discount_rate"),
            ({"weight_grams": -1}, "weight_grams"),
            ({"weight_grams": 10**8}, "weight_grams"),
            ({"stocked": 1}, "stocked"),
            ({"version": 1}, "version"),
        ],
    )
    def test_fields_that_are_not_valid_are_named(self, catalogue: Deployed, changes: dict[str, Any], path: str) -> None:
        status, body, headers = create(catalogue, **changes)
        assert (status, [error["path"] for error in body["errors"]]) == (422, [path])
        assert headers["Content-Type"] == "application/problem+json"
        assert listed(catalogue)[1]["items"] == []

    def test_every_bad_field_is_named_at_once(self, catalogue: Deployed) -> None:
        status, body, _ = catalogue.request("create_product", PRODUCTS, "POST", body={"name": "", "colour": "red"})
        assert status == 422
        assert {error["path"] for error in body["errors"]} == {"sku", "name", "category", "price", "colour"}

    @pytest.mark.parametrize("function", ["create_product", "put_product", "import_products"])
    @pytest.mark.parametrize(
        ("body", "headers", "status"),
        [
            ("{", {}, 400),
            ('{"name": "\\ud800"}', {}, 400),
            (None, {}, 400),
            ("[]", {}, 422),
            ("{}", {"Content-Type": "application/xml"}, 415),
            ('{"name": "' + "x" * (5 * 1024 * 1024) + '"}', {}, 413),
        ],
    )
    def test_bodies_that_are_none(
        self, catalogue: Deployed, function: str, body: str | None, headers: dict[str, str], status: int
    ) -> None:
        resource, method, path = {
            "create_product": (PRODUCTS, "POST", {}),
            "put_product": (PRODUCT, "PUT", {"sku": "A1"}),
            "import_products": (BATCH, "POST", {}),
        }[function]
        answer = catalogue.request(function, resource, method, path=path, body=body, headers=headers)
        assert answer[0] == status
        assert answer[2]["Content-Type"] == "application/problem+json"


def put_body_sku(catalogue: Deployed, sku: str) -> Answer:
    return catalogue.request("put_product", PRODUCT, "PUT", path={"sku": "85123A"}, body={**DETAILS, "sku": sku})


class TestManyProducts:
    def test_an_import_answers_for_each_product(self, catalogue: Deployed) -> None:
        create(catalogue)
        status, body, _ = batch(
            catalogue,
            [
                BODY,
                {**BODY, "sku": "NEW"},
                {**BODY, "sku": "BAD", "price": {"amount": -1, "currency": "XXX"}, "colour": "red"},
                {**BODY, "sku": "NEW", "name": "Again"},
                "not a product",
                {**BODY, "sku": 5},
            ],
        )
        assert status == 207
        assert [(item["sku"], item["status"]) for item in body["items"]] == [
            ("85123A", "unchanged"),
            ("NEW", "created"),
            ("BAD", "failed"),
            ("NEW", "failed"),
            (None, "failed"),
            (None, "failed"),
        ]
        assert {name: body[name] for name in ("created", "updated", "unchanged", "failed")} == {
            "created": 1,
            "updated": 0,
            "unchanged": 1,
            "failed": 4,
        }
        paths = {error["path"] for error in body["items"][2]["error"]["errors"]}
        assert paths == {"price.amount", "price.currency", "colour"}
        assert body["items"][0]["error"] is None
        assert read(catalogue, "NEW")[1]["name"] == "Blue teapot"

    def test_an_import_without_failures_is_200_and_repeating_it_changes_nothing(self, catalogue: Deployed) -> None:
        products = [{**BODY, "sku": f"S{index}"} for index in range(100)]
        status, body, _ = batch(catalogue, products)
        assert (status, body["created"]) == (200, 100)
        status, body, _ = batch(catalogue, [*products[:99], {**products[99], "name": "Green"}])
        assert (status, body["unchanged"], body["updated"]) == (200, 99, 1)

    def test_five_hundred_products_with_all_that_they_may_say_fit_a_request(self, catalogue: Deployed) -> None:
        longest = {**BODY, "name": "x" * 200, "description": "\U0001f375" * 2000, "price": None}
        products = [{**longest, "sku": f"S{index}"} for index in range(500)]
        text = json.dumps({"products": products}, ensure_ascii=False)
        status, body, _ = catalogue.request("import_products", BATCH, "POST", body=text)
        assert (status, body["failed"]) == (207, 500)
        assert {error["path"] for item in body["items"] for error in item["error"]["errors"]} == {"price"}

    @pytest.mark.parametrize("products", [[], [BODY] * 501, {}, "x", None])
    def test_imports_that_are_none(self, catalogue: Deployed, products: object) -> None:
        status, body, _ = batch(catalogue, products)
        assert (status, body["errors"][0]["path"]) == (422, "products")

    def test_an_unknown_field_beside_the_products_is_refused(self, catalogue: Deployed) -> None:
        status, body, _ = batch(catalogue, [BODY], upsert=True)
        assert (status, body["errors"][0]["path"]) == (422, "upsert")
        assert listed(catalogue)[1]["items"] == []


class TestLists:
    def test_products_come_in_pages_of_all_or_of_a_category(self, catalogue: Deployed) -> None:
        batch(
            catalogue, [{**BODY, "sku": f"S{index}", "category": ["kitchen", "toys"][index % 2]} for index in range(9)]
        )
        for category, wanted in ({}, 9), ({"category": "kitchen"}, 5), ({"category": "none"}, 0):
            skus: list[str] = []
            query = {"limit": "4", **category}
            while True:
                status, page, _ = listed(catalogue, **query)
                assert status == 200
                skus += [item["sku"] for item in page["items"]]
                if page["next"] is None:
                    break
                query["cursor"] = page["next"]
            assert len(set(skus)) == len(skus) == wanted

    def test_the_cursor_of_another_list_or_of_nobody_is_refused(self, catalogue: Deployed) -> None:
        batch(catalogue, [{**BODY, "sku": f"S{index}"} for index in range(3)])
        cursor = listed(catalogue, category="kitchen", limit="1")[1]["next"]
        for query in ({"cursor": cursor}, {"category": "toys", "cursor": cursor}, {"cursor": "forged"}):
            assert listed(catalogue, **query)[0] == 400

    @pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "201"}, {"limit": "x"}, {"colour": "red"}])
    def test_queries_that_are_not_valid(self, catalogue: Deployed, query: dict[str, str]) -> None:
        status, body, _ = listed(catalogue, **query)
        assert (status, body["errors"][0]["path"]) == (422, next(iter(query)))

    def test_two_hundred_fit_a_page(self, catalogue: Deployed) -> None:
        batch(catalogue, [{**BODY, "sku": f"S{index}"} for index in range(201)])
        page = listed(catalogue, limit="200")[1]
        assert len(page["items"]) == 200
        assert len(listed(catalogue, limit="200", cursor=page["next"])[1]["items"]) == 1

    def test_categories_have_slug_and_name(self, catalogue: Deployed) -> None:
        create(catalogue, category="Home & Garden")
        status, body, _ = catalogue.request("list_categories", "/categories", authorizer=None)
        assert (status, body) == (200, {"items": [{"slug": "home-garden", "name": "Home & Garden"}], "next": None})


@pytest.mark.parametrize(
    ("function", "resource", "method"),
    [
        ("create_product", PRODUCTS, "POST"),
        ("put_product", PRODUCT, "PUT"),
        ("delete_product", PRODUCT, "DELETE"),
        ("import_products", BATCH, "POST"),
    ],
)
def test_products_are_changed_by_staff(catalogue: Deployed, function: str, resource: str, method: str) -> None:
    path = {"sku": "A1"} if "{" in resource else {}
    for authorizer, status in ((None, 401), (CUSTOMER, 403)):
        assert catalogue.request(function, resource, method, path=path, authorizer=authorizer)[0] == status


class TestOffers:
    def test_what_is_for_sale_is_offered(self, catalogue: Deployed) -> None:
        create(catalogue, weight_grams=300)
        answer = catalogue.task("task_read_offers", {"skus": ["85123A", "NONE", "85123A", ""]})
        assert answer == {
            "offers": {
                "85123A": {
                    "name": "Blue teapot",
                    "price": {"amount": 1250, "currency": "GBP"},
                    "tax_rate": "0.20",
                    "tax_included": True,
                    "discount_rate": "0",
                    "weight_grams": 300,
                    "stocked": True,
                }
            }
        }

    @pytest.mark.parametrize("skus", [None, "85123A", [5], [str(index) for index in range(1001)]])
    def test_a_question_that_is_none_is_a_fault(self, catalogue: Deployed, skus: object) -> None:
        with pytest.raises(InvalidQuestion):
            catalogue.task("task_read_offers", {"skus": skus})


FLOWS: dict[str, Callable[[Deployed], object]] = {
    "create_product": lambda functions: create(functions, "k", sku="NEW", category="new"),
    "put_product": lambda functions: put(functions, if_match="*", category="new"),
    "delete_product": lambda functions: delete(functions, if_match="*"),
    "import_products": lambda functions: batch(functions, [{**BODY, "name": "Green", "category": "new"}]),
    "list_products": lambda functions: [
        listed(functions, limit="1", cursor=listed(functions, limit="1")[1]["next"]),
        listed(functions, category="kitchen"),
    ],
    "get_product": read,
    "list_categories": lambda functions: functions.request("list_categories", "/categories"),
    "task_read_offers": lambda functions: functions.task("task_read_offers", {"skus": ["85123A"]}),
}


@pytest.mark.parametrize("function", FLOWS)
def test_a_function_may_do_what_it_does_and_nothing_else(catalogue: Deployed, function: str) -> None:
    create(catalogue)
    create(catalogue, sku="A2")
    with recorded_actions() as used:
        FLOWS[function](catalogue)
    # An import reads a product again only when somebody changed it meanwhile.
    only_in_a_race = {"dynamodb:GetItem"} if function == "import_products" else set()
    assert used | only_in_a_race == granted_actions("catalogue", function)


def test_the_relay_puts_every_event_on_the_bus(catalogue: Deployed) -> None:
    create(catalogue)
    put(catalogue, if_match='"1"', name="Green")
    delete(catalogue, if_match='"2"')
    entries = catalogue.relayed()
    assert {entry["DetailType"] for entry in entries} == {"ProductCreated", "ProductUpdated", "ProductDeleted"}
    assert granted_actions("catalogue", "relay_outbox") == {"events:PutEvents"}
    for entry in entries:
        assert (entry["Source"], entry["EventBusName"]) == ("agora.catalogue", BUS)
        file = re.sub(r"(?<!^)([A-Z])", r"_\1", entry["DetailType"]).lower()
        validator(file).validate(json.loads(entry["Detail"]))
