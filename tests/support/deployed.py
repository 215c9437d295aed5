"""A context's functions as they are deployed: its table in the mocked AWS, its environment, its handlers."""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from kernel import aws
from tests.support import tables
from tests.support.functions import environment, load
from tests.support.lambda_events import STAFF, LambdaContext, api_event

CURSOR_KEY = "agora/cursor-key"
BUS = "agora-events"


class Deployed:
    """Calls the functions of one context; each is loaded once, as a warm process has it."""

    def __init__(self, context: str) -> None:
        self.context = context
        self._loaded: dict[str, Any] = {}

    def app(self, function: str) -> Any:
        """The handler of functions/<context>/<function>."""
        if function not in self._loaded:
            self._loaded[function] = load(self.context, function).app
        return self._loaded[function]

    def task(self, function: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """What a task, a sweeper or a relay answers."""
        answer: dict[str, Any] = self.app(function)(payload, LambdaContext())
        return answer

    def request(
        self,
        function: str,
        resource: str,
        method: str = "GET",
        *,
        authorizer: Mapping[str, str] | None = STAFF,
        **rest: Any,
    ) -> tuple[int, Any, dict[str, str]]:
        """Status, body and headers of a route's answer, by default to staff."""
        event = api_event(resource, method, authorizer=authorizer, **rest)
        answer = self.app(function)(event, LambdaContext())
        return answer["statusCode"], json.loads(answer["body"]) if answer["body"] else None, answer["headers"]

    def relayed(self) -> list[dict[str, Any]]:
        """What the context's relay puts on the bus of all that is in the table, as the stream delivers it."""
        entries: list[dict[str, Any]] = []

        def record(params: Mapping[str, Any], **_: Any) -> None:
            entries.extend(params["Entries"])

        hooks = aws.client("events").meta.events
        hooks.register("provide-client-params.events.PutEvents", record)
        answer = self.task("relay_outbox", {"Records": _stream_records(f"agora-{self.context}")})
        hooks.unregister("provide-client-params.events.PutEvents", record)
        assert answer == {"batchItemFailures": []}
        return entries


def _stream_records(table: str) -> list[dict[str, Any]]:
    """Every item of the table as an insertion; the stream has binary values in base64."""
    return [
        {"eventName": "INSERT", "dynamodb": {"SequenceNumber": str(number), "NewImage": _image(item)}}
        for number, item in enumerate(aws.client("dynamodb").scan(TableName=table)["Items"])
    ]


def _image(item: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        name: {kind: base64.b64encode(value).decode() if kind == "B" else value for kind, value in typed.items()}
        for name, typed in item.items()
    }


@contextmanager
def deployed(context: str, extra: Mapping[str, str] | None = None) -> Iterator[Deployed]:
    """The functions of `context` with its table, the cursor key and the bus, inside a mocked AWS."""
    table = tables.create_from_template(context)
    aws.client("secretsmanager").create_secret(Name=CURSOR_KEY, SecretString="a key of this test")
    aws.client("events").create_event_bus(Name=BUS)
    settings = {
        "AGORA_PREFIX": "agora",
        "AGORA_CONTEXT": context,
        "AGORA_TABLE": table,
        "AGORA_EVENT_BUS": BUS,
        **(extra or {}),
    }
    with environment(settings):
        yield Deployed(context)
