"""What starts and warm requests cost: the tools measure what they say, and the page is made of what they found."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench import cold_start, processes, starts_page, warm
from tests.support.lambda_events import LambdaContext


def start(function: str, kind: str, share: float) -> dict[str, Any]:
    return {
        "function": function,
        "kind": kind,
        "cpu_ms": 100.0,
        "cpu_share": share,
        "million_instructions": 1000 * share,
        "instruction_share": share,
    }


def test_the_page_is_made_of_the_committed_results() -> None:
    assert starts_page.DOCUMENT.read_text() == starts_page.committed()


def test_every_function_was_measured() -> None:
    measured = {each["function"] for each in json.loads(starts_page.RESULT.read_text())["starts"]}
    folders = {path.parent for path in (cold_start.ROOT / "functions").glob("*/*/app.py")}
    functions = {str(folder.relative_to(cold_start.ROOT / "functions")) for folder in folders}
    assert measured == {cold_start.BARE, cold_start.USUAL, *functions}


def test_a_function_that_misses_its_target_is_shown() -> None:
    starts = [
        start(cold_start.BARE, "reference", 0.1),
        start(cold_start.USUAL, "reference", 1.0),
        start("orders/place_order", "route", 0.46),
        start("orders/get_order", "route", 0.45),
        start("orders/relay_outbox", "other", 0.41),
    ]
    page = starts_page.render({"python": "3.13.0", "starts": starts}, {"share": 0.4})
    assert "**1 of 3 functions are within their target.**" in page
    assert "| orders/place_order | 460 | 46% | 46% | **missed** |" in page
    assert "| orders/get_order | 450 | 45% | 45% | within |" in page
    assert "| orders/relay_outbox | 410 | 41% | 41% | **missed** |" in page


def test_a_start_is_measured_against_both_references(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)  # a machine without valgrind measures CPU alone
    bare, usual, health = cold_start.measure(tmp_path, 1, "system/get_health")
    assert [each.function for each in (bare, usual, health)] == [cold_start.BARE, cold_start.USUAL, "system/get_health"]
    assert (usual.cpu_share, health.kind, health.target) == (1.0, "route", 0.45)
    assert 0 < bare.cpu_ms < usual.cpu_ms
    assert health.million_instructions is None


def test_a_program_that_fails_is_an_error_and_no_figure(tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("raise SystemExit(3)")
    with pytest.raises(RuntimeError, match="does not start"):
        processes.Program(broken, [], {}).cpu_ms()


def _order(requests: list[tuple[str, dict[str, Any]]]) -> dict[str, Any]:
    """The order's item among what was sent, without what differs from one order to the next."""
    sent = [each for name, request in requests for each in _items(name, request)]
    (item,) = (item for item in sent if item.get("sk") == {"S": "ORDER"})
    summary = json.loads(item["summary"]["S"])
    kept = {name: value for name, value in summary.items() if name not in ("order_id", "placed_at", "updated_at")}
    changing = ("pk", "placed_key", "summary", "lines")
    return {**{name: value for name, value in item.items() if name not in changing}, "summary": kept}


def _items(name: str, request: dict[str, Any]) -> list[dict[str, Any]]:
    if name == "TransactWriteItems":
        return [write["Put"]["Item"] for write in request["TransactItems"] if "Put" in write]
    return [request["Item"]] if name == "PutItem" else []


def test_both_handlers_store_the_same_order() -> None:
    with warm.started() as handlers:
        event = warm.order_event("one")
        event["headers"] |= {"X-Request-Id": "r1", "traceparent": f"00-{'1' * 32}-{'2' * 16}-01"}
        answers = [handler(event, LambdaContext()) for handler in (handlers.ours, handlers.usual)]
        assert [answer["statusCode"] for answer in answers] == [202, 202]
        ours, usual = _order(handlers.sent_by_ours.requests), _order(handlers.sent_by_usual.requests)
        assert ours == usual
        assert "StartExecution" in {name for name, _ in handlers.sent_by_ours.requests}
        assert "StartExecution" in {name for name, _ in handlers.sent_by_usual.requests}


def test_a_warm_request_is_measured() -> None:
    (row,) = warm.measure(1)
    assert row["share"] == pytest.approx(row["cpu_ms"] / row["usual_cpu_ms"], abs=0.01)
