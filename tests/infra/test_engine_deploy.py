"""Deploying into the engine: changes arrive in seconds, nothing is done twice, and a failure names its resource."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.stack import CommandFailed, LocalStack, command
from tests.infra.engine_support import Mini, copy_fixture, mini_stack

pytestmark = pytest.mark.e2e

Deployed = tuple[LocalStack, Mini, Path]


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """A stack from a copy of the fixture that tests may change."""
    directory = tmp_path_factory.mktemp("deploy")
    template = copy_fixture(directory / "source")
    with mini_stack(directory / "stack", template) as (stack, mini):
        yield stack, mini, directory / "source"


def edit(path: Path, old: str, new: str) -> None:
    """Replace text that must be there."""
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_an_unchanged_stack_is_left_alone(deployed: Deployed) -> None:
    """The second deploy does nothing and says so."""
    started = time.monotonic()
    assert "nothing has changed" in deployed[0].deploy()
    assert time.monotonic() - started < 10


def test_a_changed_function_is_live_after_a_deploy(deployed: Deployed) -> None:
    """Code, within seconds."""
    stack, mini, source = deployed
    mini.http("GET", "/open")
    edit(source / "functions/echo/app.py", '"greeting": GREETING', '"greeting": "changed"')
    started = time.monotonic()
    stack.deploy()
    assert mini.http("GET", "/open").json()["greeting"] == "changed"
    assert time.monotonic() - started < 15


def test_a_deploy_that_a_crash_took_back_is_done_again(deployed: Deployed) -> None:
    """The engine forgets what it had not saved yet; the record of the deploy is forgotten with it."""
    stack, mini, source = deployed
    path = source / "functions/echo/app.py"
    edit(path, '"headers": {"x-echo": "yes"}', '"headers": {"x-echo": "again"}')
    stack.deploy()
    stack.kill()
    stack.start()
    assert mini.http("GET", "/open").headers["x-echo"] == "again"


def test_a_changed_layer_is_live_after_a_deploy(deployed: Deployed) -> None:
    """A new version of the layer reaches the functions that use it."""
    stack, mini, source = deployed
    edit(
        source / "layers/shared/python/shared.py",
        "class TransientError(Exception):",
        "class TransientError(ArithmeticError):",
    )
    edit(
        source / "functions/flaky/app.py",
        '"pid": os.getpid()',
        '"pid": os.getpid(), "base": TransientError.__base__.__name__',
    )
    stack.deploy()
    assert mini.invoke("flaky", {})[0]["base"] == "ArithmeticError"


def test_a_changed_api_keeps_its_address_and_its_keys(deployed: Deployed) -> None:
    """A route is added and one is taken away, under the same id."""
    stack, mini, source = deployed
    before = mini.description
    edit(source / "infra/api.yaml", "          /request:\n", "          /added:\n")
    stack.deploy()
    assert mini.description["api_url"] == before["api_url"]
    assert mini.description["api_keys"] == before["api_keys"]
    assert mini.http("GET", "/added", headers={"Authorization": "good"}).status_code == 200
    assert mini.http("GET", "/request", headers={"Authorization": "good"}).status_code == 403
    headers = {**mini.key, "Idempotency-Key": "k"}
    assert mini.http("POST", "/things", headers=headers, json={"name": "xy"}).status_code == 200
    assert mini.http("POST", "/things", headers=headers, json={"name": "x"}).status_code == 400


def test_passwords_stay_as_they_are(deployed: Deployed) -> None:
    """A deploy rewrites the description but makes no new users."""
    before = deployed[1].description
    deployed[0].deploy()
    assert deployed[1].description["staff"] == before["staff"]


def test_a_failure_names_the_resource_and_the_reason_and_changes_nothing(deployed: Deployed) -> None:
    """A resource of a nested stack that cannot be made rolls the whole update back; without it, it deploys."""
    stack, mini, source = deployed
    edit(source / "infra/shop.yaml", "  Rule:\n", "  Broken: {Type: AWS::Mini::Nothing}\n\n  Rule:\n")
    edit(source / "functions/echo/app.py", "printed to stdout", "printed by the new version")
    with pytest.raises(CommandFailed) as failure:
        stack.deploy()
    assert "Broken (AWS::Mini::Nothing)" in str(failure.value)
    assert "make deploy" in str(failure.value)
    assert mini.http("GET", "/open").status_code == 200
    edit(source / "infra/shop.yaml", "  Broken: {Type: AWS::Mini::Nothing}\n\n", "")
    stack.deploy()
    assert mini.run_machine({"mode": "ok"})["status"] == "SUCCEEDED"


def test_a_missing_folder_is_named(deployed: Deployed) -> None:
    """A template that refers to nothing."""
    stack, _, source = deployed
    edit(source / "infra/shop.yaml", "../functions/echo", "../functions/nowhere")
    with pytest.raises(CommandFailed, match="functions/nowhere does not exist"):
        stack.deploy()
    edit(source / "infra/shop.yaml", "../functions/nowhere", "../functions/echo")


def test_a_taken_port_is_avoided(tmp_path: Path) -> None:
    """Another program has the port that was asked for: the engine takes a free one, on this machine alone."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        try:
            command(
                "run",
                "--directory",
                str(tmp_path),
                "--port",
                str(port),
                "--no-seed",
                "--template",
                str(copy_fixture(tmp_path / "source")),
                "--stack",
                "mini",
            )
            engine = json.loads((tmp_path / "engine/engine.json").read_text())
            assert engine["port"] != port
        finally:
            command("stop", "--directory", str(tmp_path))


def test_commands_without_a_stack_say_what_to_do(tmp_path: Path) -> None:
    """Status, stop and deploy before anything runs."""
    assert "make run" in command("status", "--directory", str(tmp_path))
    assert "not running" in command("stop", "--directory", str(tmp_path))
    with pytest.raises(CommandFailed, match="Start it with `make run`"):
        command("deploy", "--directory", str(tmp_path))


def test_a_stack_that_could_not_be_made_is_made_by_the_next_deploy(tmp_path: Path) -> None:
    """The first deploy of all fails and says why; what it left does not stand in the way of the second."""
    template = copy_fixture(tmp_path / "source")
    edit(tmp_path / "source/infra/shop.yaml", "  Rule:\n", "  Broken: {Type: AWS::Mini::Nothing}\n\n  Rule:\n")
    arguments = ("--directory", str(tmp_path / "stack"), "--template", str(template), "--stack", "mini")
    try:
        with pytest.raises(CommandFailed, match=r"Broken \(AWS::Mini::Nothing\)"):
            command("run", "--port", "0", "--no-seed", *arguments)
        edit(tmp_path / "source/infra/shop.yaml", "  Broken: {Type: AWS::Mini::Nothing}\n\n", "")
        command("deploy", *arguments)
        assert Mini(tmp_path / "stack").http("GET", "/open").status_code == 200
    finally:
        command("stop", "--directory", str(tmp_path / "stack"))
