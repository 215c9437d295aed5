"""Reading the functions' logs of the local stack."""

import json
from pathlib import Path

import pytest

from infra.local.__main__ import main
from infra.local.logs import Reader

pytestmark = pytest.mark.infra

SERVED = (
    '{"level":"INFO","location":"_serve:92","message":"request served","timestamp":"2026-11-21 07:09:35,001+0000",'
    '"service":"orders","correlation_id":"r-1","traceparent":"00-1-2-01","function_request_id":"f-1",'
    '"route":"POST /orders","order_id":"ord_1","status":202,"user_id":""}'
)
RAISED = (
    '{"level":"ERROR","message":"the task failed","timestamp":"2026-11-21 07:09:37,500+0000","service":"payments",'
    '"correlation_id":"r-1",'
    '"exception":"Traceback (most recent call last):\\nValueError: no","exception_name":"ValueError"}'
)
RUNTIME = ("[WARNING]\t2026-11-21T07:09:36.462Z\tf-2\tr-1 was slow", "Traceback (most recent call last):", "  File x")


def _write(directory: Path, function: str, *lines: str) -> None:
    (directory / f"{function}.log").write_text("".join(f"{line}\n" for line in lines))


def test_what_belongs_to_one_id_is_told_in_the_order_in_which_it_happened(tmp_path: Path) -> None:
    _write(tmp_path, "a", RAISED, SERVED)
    _write(tmp_path, "b", *RUNTIME, SERVED.replace("r-1", "r-2"))
    found = list(Reader(tmp_path, None, "r-1").existing(20))
    assert [(entry.function, entry.time) for entry in found] == [
        ("a", "2026-11-21 07:09:35.001"),
        ("b", "2026-11-21 07:09:36.462"),
        ("a", "2026-11-21 07:09:37.500"),
    ]
    assert found[1].text == "\n".join(RUNTIME), "a traceback belongs to the line that it follows"


def test_without_an_id_the_last_lines_of_each_function_are_told(tmp_path: Path) -> None:
    lines = [json.dumps({"message": str(number)}) for number in range(4)]
    _write(tmp_path, "a", *lines[:3])
    _write(tmp_path, "b", lines[3])
    found = Reader(tmp_path, None, None).existing(2)
    assert [(entry.function, json.loads(entry.text)["message"]) for entry in found] == [
        ("a", "1"),
        ("a", "2"),
        ("b", "3"),
    ]


def test_a_function_is_chosen_by_a_part_of_its_name(tmp_path: Path) -> None:
    _write(tmp_path, "agora-orders-place-order", SERVED)
    _write(tmp_path, "agora-audit-on-domain-event", SERVED)
    assert [entry.function for entry in Reader(tmp_path, "place", "r-1").existing(20)] == ["agora-orders-place-order"]


def test_entries_are_written_for_people(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "logs").mkdir()
    _write(tmp_path / "logs", "place-order", SERVED)
    _write(tmp_path / "logs", "charge", *RUNTIME, RAISED)
    assert _logs(monkeypatch, tmp_path, "r-1") == 0
    assert capsys.readouterr().out.splitlines() == [
        '07:09:35.001  place-order  INFO     request served  route="POST /orders" order_id=ord_1 status=202',
        "07:09:36.462  charge       WARNING  r-1 was slow",
        "    Traceback (most recent call last):",
        "      File x",
        "07:09:37.500  charge       ERROR    the task failed",
        "    Traceback (most recent call last):",
        "    ValueError: no",
    ]


def test_raw_is_what_was_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "logs").mkdir()
    _write(tmp_path / "logs", "place-order", SERVED, '{"_aws":{"Timestamp":1},"OrdersPlaced":[1]}')
    assert _logs(monkeypatch, tmp_path, "r-1", "--raw") == 0
    assert capsys.readouterr().out == f"{SERVED}\n"
    assert _logs(monkeypatch, tmp_path, "OrdersPlaced") == 0
    assert capsys.readouterr().out.split() == ["place-order", "METRIC", "OrdersPlaced=[1]"]


def test_an_id_that_no_line_names_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "logs").mkdir()
    assert _logs(monkeypatch, tmp_path, "r-9") == 1
    assert "names r-9" in capsys.readouterr().out


def _logs(monkeypatch: pytest.MonkeyPatch, directory: Path, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["infra.local", "logs", "--plain", "--directory", str(directory), *arguments])
    return main()
