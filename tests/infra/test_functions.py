"""Every folder in functions/ is one function of one template, and the other way round."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from identity.mail_request import REQUEST
from infra.templates import ROOT, Function, Template, plain
from kernel.outbox import PREFIX
from tests.infra import project
from tests.infra.patterns import matches

pytestmark = pytest.mark.infra

FUNCTIONS = project.functions()
each_function = pytest.mark.parametrize(("template", "function"), FUNCTIONS, ids=[each.name for _, each in FUNCTIONS])
NAMES = {"Task": "task_", "Relay": "relay_", "Consumer": "on_"}


def test_folders_and_templates_have_the_same_functions() -> None:
    folders = sorted(str(path.parent.relative_to(ROOT)) for path in (ROOT / "functions").glob("*/*/app.py"))
    assert sorted(function.folder for _, function in FUNCTIONS) == folders


@each_function
def test_name_logical_id_and_handler_follow_from_the_folder(template: Template, function: Function) -> None:
    context, folder = function.folder.split("/")[1:]
    assert context == template.context
    assert plain(function.properties["FunctionName"]) == f"${{Prefix}}-{context}-{folder.replace('_', '-')}"
    assert function.logical_id == "".join(word.capitalize() for word in folder.split("_")) + "Function"
    assert function.properties["Handler"] == "app.app"


MAILER = "bootstrap.mail_stream"
# Whom a table's stream feeds, and the sort key of what they are fed.
FED_BY_STREAMS = {"Relay": f"{PREFIX}000000000001", MAILER: REQUEST}


@each_function
def test_folder_says_what_kind_of_function_it_is(template: Template, function: Function) -> None:
    kind, folder = project.function_kind(function.folder), Path(function.folder).name
    if folder.startswith(("task_", "relay_", "on_")):
        assert folder.startswith(NAMES[kind])
    else:
        assert kind in ("App", "Task", "bootstrap.authorizer", MAILER)


@each_function
def test_function_sees_its_own_deployment(template: Template, function: Function) -> None:
    variables = function.properties["Environment"]["Variables"]
    assert variables["AGORA_CONTEXT"] == variables["POWERTOOLS_SERVICE_NAME"] == template.context
    assert variables["AGORA_PREFIX"] == {"Ref": "Prefix"}


@each_function
def test_no_secret_is_in_the_environment(template: Template, function: Function) -> None:
    hidden = {name for name, entry in template.parameters.items() if entry.get("NoEcho")}
    for value in function.properties["Environment"]["Variables"].values():
        assert "{{resolve:" not in plain(value)
        assert not (isinstance(value, dict) and value.get("Ref") in hidden)


@each_function
def test_function_behind_the_gateway_ends_before_the_gateway_gives_up(template: Template, function: Function) -> None:
    if project.function_kind(function.folder) == "App":
        assert function.properties["Timeout"] <= 29


def _sources(function: Function) -> list[dict[str, Any]]:
    return list((function.properties.get("Events") or {}).values())


@each_function
def test_relay_is_fed_new_events_alone_and_gives_none_up_unseen(template: Template, function: Function) -> None:
    kind = project.function_kind(function.folder)
    if kind not in FED_BY_STREAMS:
        assert not [source for source in _sources(function) if source["Type"] == "DynamoDB"]
        return
    (source,) = _sources(function)
    feed = source["Properties"]
    assert feed["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert feed["MaximumRecordAgeInSeconds"] >= 3600
    assert "Destination" in feed["DestinationConfig"]["OnFailure"]
    (pattern,) = [entry["Pattern"] for entry in feed["FilterCriteria"]["Filters"]]
    wanted = FED_BY_STREAMS[kind]
    assert matches(pattern, _stream_record("INSERT", wanted))
    assert not matches(pattern, _stream_record("MODIFY", wanted))
    for other in {*FED_BY_STREAMS.values(), "ORDER"} - {wanted}:
        assert not matches(pattern, _stream_record("INSERT", other))


def _stream_record(name: str, sort_key: str) -> dict[str, Any]:
    return {"eventName": name, "dynamodb": {"Keys": {"pk": {"S": "x"}, "sk": {"S": sort_key}}}}


@each_function
def test_function_fed_by_a_queue_reports_single_failures_and_outlives_no_message(
    template: Template, function: Function
) -> None:
    for source in _sources(function):
        if source["Type"] != "SQS":
            continue
        queue = template.resources[source["Properties"]["Queue"]["Fn::GetAtt"][0]]["Properties"]
        assert queue.get("VisibilityTimeout", 30) >= 6 * function.properties["Timeout"], "AWS asks for six times"
        if project.function_kind(function.folder) == "Consumer":
            assert source["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_there_is_one_relay_for_each_table_with_a_stream() -> None:
    for template in project.contexts():
        tables = template.of_type("AWS::DynamoDB::Table").values()
        streams = [table for table in tables if table.get("StreamSpecification")]
        relays = [each for each in template.functions if project.function_kind(each.folder) == "Relay"]
        assert len(relays) == len(streams), template.context
