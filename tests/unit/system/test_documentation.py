"""The documentation that a deployment serves: complete, safe to open, and with nothing from elsewhere."""

import json
import re
from typing import Any

import pytest

from infra.templates import ROOT
from system import bootstrap
from system.documentation import Documentation
from system.errors import PageNotFound
from tests.support.functions import load
from tests.support.lambda_events import LambdaContext, api_event

KINDS: dict[str, dict[str, Any]] = json.loads((ROOT / "docs" / "problems.json").read_text())


@pytest.fixture(scope="module")
def documentation() -> Documentation:
    return bootstrap.documentation()


def get(function: str, resource: str, path: dict[str, str] | None = None, **rest: Any) -> dict[str, Any]:
    answer: dict[str, Any] = load("system", function).app(api_event(resource, path=path, **rest), LambdaContext())
    return answer


def test_the_description_begins_with_this_deployment() -> None:
    answer = get("get_openapi", "/openapi.json")
    document = json.loads(answer["body"])
    written = json.loads((ROOT / "docs" / "openapi.json").read_text())
    assert document["servers"][0]["url"] == "/v1"
    assert document["paths"] == written["paths"]
    assert answer["headers"]["Content-Type"] == "application/json"
    assert answer["headers"]["Cache-Control"] == "public, max-age=300"


def test_the_page_loads_nothing_from_elsewhere_and_all_that_it_loads_is_there(documentation: Documentation) -> None:
    answer = get("get_docs", "/docs")
    assert answer["headers"]["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer["headers"]["Content-Security-Policy"]
    assert "//" not in answer["body"]
    assert "<script>" not in answer["body"], "the policy allows no script in the page"
    names = re.findall(r'"docs/assets/([^"]+)"', answer["body"])
    assert len(names) == 3
    for name in names:
        asset = get("get_docs_asset", "/docs/assets/{name}", {"name": name})
        assert (asset["statusCode"], asset["headers"]["Content-Type"].partition(";")[0]) == (
            200,
            "text/css" if name.endswith(".css") else "text/javascript",
        )
        assert len(asset["body"]) > 100
        assert "sourceMappingURL=http" not in asset["body"]


@pytest.mark.parametrize("name", ["swagger-ui.js", "../../../etc/passwd", "..%2F__init__.py", "", "start.js/"])
def test_no_other_file_is_served(documentation: Documentation, name: str) -> None:
    with pytest.raises(PageNotFound):
        documentation.asset(name)


@pytest.mark.parametrize("slug", KINDS)
def test_each_kind_of_problem_has_a_page(slug: str) -> None:
    answer = get("get_problem", "/docs/problems/{slug}", {"slug": slug})
    assert answer["statusCode"] == 200
    assert KINDS[slug]["title"].replace("'", "&#x27;") in answer["body"]
    assert f"/v1/docs/problems/{slug}" in answer["body"]
    assert "What to do" in answer["body"]


def test_an_unknown_kind_is_a_problem_itself() -> None:
    answer = get("get_problem", "/docs/problems/{slug}", {"slug": "<script>"})
    assert (answer["statusCode"], answer["headers"]["Content-Type"]) == (404, "application/problem+json")
    assert "<script>" not in answer["body"].partition('"instance"')[0]


def test_a_page_that_the_client_has_is_not_sent_again() -> None:
    tag = get("get_docs", "/docs")["headers"]["ETag"]
    assert get("get_docs", "/docs", headers={"If-None-Match": tag})["statusCode"] == 304
