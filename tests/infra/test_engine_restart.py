"""The engine dies at any moment and comes back: what was stored is there, and what moves data moves it again."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.engine import is_healthy
from infra.local.stack import LocalStack
from tests.infra.engine_support import Mini, eventually, mini_stack

pytestmark = pytest.mark.e2e

SAVED_SECONDS = 6.0
THING = {
    "Source": "mini.shop",
    "DetailType": "ThingHappened",
    "Detail": '{"name": "again"}',
    "EventBusName": "mini-events",
}


def saved(stack: LocalStack, service: str) -> str:
    """What the engine has written of one service."""
    file = stack.directory / "engine/state" / f"{service}.json"
    return file.read_text() if file.exists() else ""


@pytest.fixture(scope="module")
def restarted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[LocalStack, Mini]]:
    """A stack that was used, killed, and started again."""
    with mini_stack(tmp_path_factory.mktemp("restart")) as (stack, mini):
        for number in range(30):
            mini.put(f"EVENT#before-{number}")
        assert eventually(lambda: mini.row("SEEN#before-29"))
        mini.run_machine({"mode": "ok"})
        time.sleep(SAVED_SECONDS)
        stack.kill()
        stack.start()
        yield stack, mini


def test_the_address_and_the_api_stay_the_same(restarted: tuple[LocalStack, Mini]) -> None:
    """Same port, same API id, same key, and its checks."""
    _, mini = restarted
    headers = {**mini.key, "Idempotency-Key": "k"}
    assert mini.http("GET", "/open").json()["greeting"] == "hello from the layer"
    assert mini.http("POST", "/things", headers=headers, json={"name": "xy"}).status_code == 200
    assert mini.http("POST", "/things", headers=headers, json={"name": "x"}).status_code == 400
    assert mini.http("POST", "/things", json={"name": "xy"}).headers["content-type"] == "application/problem+json"


def test_layers_are_saved_by_reference(restarted: tuple[LocalStack, Mini]) -> None:
    """Not as text in a file that is written again every few seconds."""
    state = (restarted[0].directory / "engine/state/lambda.json").read_text()
    assert "agora_layer" in state
    assert "__bytes__" not in state


def test_rows_are_there(restarted: tuple[LocalStack, Mini]) -> None:
    """Every acknowledged write that is older than a few seconds."""
    assert all(restarted[1].row(f"EVENT#before-{number}") for number in range(30))


def test_the_stream_delivers_the_next_event(restarted: tuple[LocalStack, Mini]) -> None:
    """Stock engines skip as many new records as were read before the restart."""
    mini = restarted[1]
    mini.put("EVENT#after")
    assert eventually(lambda: mini.row("SEEN#after"))


def test_nothing_is_delivered_twice_that_was_done(restarted: tuple[LocalStack, Mini]) -> None:
    """Positions of the stream were saved with the rows."""
    assert restarted[1].row("SEEN#before-3")["times"] == {"N": "1"}  # type: ignore[index]


def test_rules_queues_and_machines_work(restarted: tuple[LocalStack, Mini]) -> None:
    """Bus to queue to function; a new execution; the history of an old one."""
    mini = restarted[1]
    mini.aws("events").put_events(Entries=[THING])
    assert eventually(lambda: mini.row("CONSUMED#again"))
    execution = mini.run_machine({"mode": "transient", "key": "after"})
    assert json.loads(execution["output"])["result"]["calls"] == 3
    machine = mini.description["state_machines"]["machine"]
    known = mini.aws("stepfunctions").list_executions(stateMachineArn=machine)["executions"]
    assert len(known) >= 2


def test_records_that_nobody_had_read_are_delivered_after_a_crash(tmp_path: Path) -> None:
    """The relay was failing when the engine died: its record is in the table, and comes out of the stream later."""
    with mini_stack(tmp_path / "stack") as (stack, mini):
        mini.put("EVENT#waiting", fail={"N": "1000"})
        assert eventually(lambda: mini.row("SEEN#waiting"))
        assert eventually(lambda: "SEEN#waiting" in saved(stack, "dynamodb"))
        stack.kill()
        stack.start()
        before = int(mini.row("SEEN#waiting")["times"]["N"])  # type: ignore[index]
        assert eventually(lambda: int(mini.row("SEEN#waiting")["times"]["N"]) > before + 1)  # type: ignore[index]


def test_everything_moves_on_when_the_port_is_taken(tmp_path: Path) -> None:
    """Another program has the port: queues, mappings and the API work on the new one."""
    with mini_stack(tmp_path / "stack") as (stack, mini):
        mini.put("EVENT#first")
        assert eventually(lambda: mini.row("SEEN#first"))
        assert eventually(lambda: "SEEN#first" in saved(stack, "dynamodb"))
        before = mini.description["endpoint_url"]
        stack.kill()
        with socket.socket() as taken:
            eventually(lambda: not is_healthy(int(before.rpartition(":")[2])))
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(("127.0.0.1", int(before.rpartition(":")[2])))
            taken.listen()
            stack.start()
        assert mini.description["endpoint_url"] != before
        mini.aws("events").put_events(Entries=[THING])
        assert eventually(lambda: mini.row("CONSUMED#again"))
        mini.put("EVENT#second")
        assert eventually(lambda: mini.row("SEEN#second"))
        assert mini.http("GET", "/open").status_code == 200


def test_messages_in_a_queue_survive(tmp_path: Path) -> None:
    """A queue's content is saved like a table's."""
    with mini_stack(tmp_path / "stack") as (stack, mini):
        queues = mini.aws("sqs")
        url = queues.get_queue_url(QueueName="mini-dead-letters")["QueueUrl"]
        queues.send_message(QueueUrl=url, MessageBody="kept")
        assert eventually(lambda: "kept" in saved(stack, "sqs"))
        stack.kill()
        stack.start()
        received = mini.aws("sqs").receive_message(QueueUrl=url, WaitTimeSeconds=2)["Messages"]
        assert [message["Body"] for message in received] == ["kept"]
