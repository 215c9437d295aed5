"""A stack of the small fixture template, and questions that tell a cured engine from a stock one."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import httpx
from botocore.config import Config

from infra.local.engine import choose_port, is_healthy
from infra.local.stack import LocalStack, engine_python, local_stack

FIXTURE = Path(__file__).parent / "fixtures" / "mini"


@dataclass(frozen=True)
class Mini:
    """The deployed fixture, on a cured engine or on a stock one."""

    directory: Path

    @property
    def description(self) -> dict[str, Any]:
        """Its stack.json."""
        found: dict[str, Any] = json.loads((self.directory / "stack.json").read_text())
        return found

    def aws(self, service: str) -> Any:
        """A client of its engine."""
        return boto3.client(
            service,
            endpoint_url=self.description["endpoint_url"],
            region_name=self.description["region"],  # type: ignore[call-overload]
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(connect_timeout=3, read_timeout=30, retries={"max_attempts": 2}),
        )

    def http(self, method: str, path: str, **options: Any) -> httpx.Response:
        """A request to its API."""
        return httpx.request(method, self.description["api_url"] + path, timeout=30, trust_env=False, **options)

    @property
    def key(self) -> dict[str, str]:
        """The header with the API key."""
        return {"x-api-key": self.description["api_keys"]["free"]}

    def invoke(self, function: str, event: Any) -> tuple[Any, bool]:
        """The function's answer, and whether it is an error."""
        answer = self.aws("lambda").invoke(FunctionName=f"mini-{function}", Payload=json.dumps(event))
        return json.loads(answer["Payload"].read()), "FunctionError" in answer

    def row(self, key: str) -> dict[str, Any] | None:
        """One row of the table."""
        found: dict[str, Any] | None = (
            self.aws("dynamodb")
            .get_item(TableName="mini-table", Key={"pk": {"S": key}}, ConsistentRead=True)
            .get("Item")
        )
        return found

    def put(self, key: str, **attributes: Any) -> None:
        """Write one row."""
        self.aws("dynamodb").put_item(TableName="mini-table", Item={"pk": {"S": key}, **attributes})

    def run_machine(self, event: dict[str, Any]) -> dict[str, Any]:
        """Run the state machine to its end."""
        states = self.aws("stepfunctions")
        arn = states.start_execution(
            stateMachineArn=self.description["state_machines"]["machine"], input=json.dumps(event)
        )["executionArn"]
        ended: dict[str, Any] = eventually(lambda: _ended(states.describe_execution(executionArn=arn)), seconds=30)
        return ended


def _ended(execution: dict[str, Any]) -> dict[str, Any] | None:
    return None if execution["status"] == "RUNNING" else execution


def eventually(question: Callable[[], Any], seconds: float = 20) -> Any:
    """The first answer that is not None or False; the last one if there is none in time."""
    deadline = time.monotonic() + seconds
    while True:
        answer = question()
        if (answer is not None and answer is not False) or time.monotonic() > deadline:
            return answer
        time.sleep(0.1)


def copy_fixture(directory: Path) -> Path:
    """A copy of the fixture that a test may change; answers its root template."""
    shutil.copytree(FIXTURE, directory, ignore=shutil.ignore_patterns("__pycache__"))
    return directory / "template.yaml"


@contextmanager
def mini_stack(
    directory: Path, template: Path = FIXTURE / "template.yaml", **options: Any
) -> Iterator[tuple[LocalStack, Mini]]:
    """The fixture on a cured engine of its own."""
    arguments = ("--template", str(template), "--stack", "mini")
    with local_stack(directory, seed=False, options=arguments, **options) as stack:
        yield stack, Mini(directory)


@contextmanager
def stock_engine(directory: Path) -> Iterator[str]:
    """MiniStack as it comes, started with the settings that local-engine work prescribes but none of the cures."""
    port = choose_port(None)
    environment = {
        "PATH": os.environ["PATH"],
        "GATEWAY_PORT": str(port),
        "BIND_HOST": "127.0.0.1",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "STATE_DIR": str(directory / "state"),
        "S3_DATA_DIR": str(directory / "s3"),
        "TMPDIR": str(directory),
        "LOG_LEVEL": "WARNING",
        "PERSIST_STATE": "1",
        "S3_PERSIST": "1",
        "MINISTACK_REGION": "eu-west-2",
    }
    directory.mkdir(parents=True, exist_ok=True)
    process = subprocess.Popen(
        [engine_python(), "-m", "ministack.app"],
        env=environment,
        cwd=directory,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert eventually(lambda: is_healthy(port)), "the stock engine did not start"
        yield f"http://127.0.0.1:{port}"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)
