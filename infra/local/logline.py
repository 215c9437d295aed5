"""One entry of a function's log: what our functions write as JSON, what the runtime writes, and what follows either."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_TIME = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)[.,](\d{3})")
_RUNTIME = re.compile(r"\[(?P<level>[A-Z]+)\]\t(?P<time>\S+)\t(?P<request>\S*)\t(?P<message>.*)", re.DOTALL)
# What every line of a function shares, and what the entry says elsewhere.
_SHARED = frozenset({"service", "location", "function_request_id", "traceparent"})
_ELSEWHERE = frozenset({"level", "message", "timestamp", "exception", "exception_name", "stack_trace"})
_BARE = re.compile(r"[^\s\"'=]+")


@dataclass(frozen=True, slots=True)
class Entry:
    """`text` is the entry as it was written, with the lines that follow it (a traceback, for example)."""

    function: str
    text: str

    @property
    def time(self) -> str:
        """`YYYY-mm-dd HH:MM:SS.mmm` (UTC), which our own lines and the runtime's write differently; "" without one."""
        found = _TIME.search(self.text)
        return f"{found[1]} {found[2]}.{found[3]}" if found else ""

    def readable(self, width: int, *, without: str | None = None) -> str:
        """Time, function, level, message and `key=value`; the field that is the id asked for would say nothing."""
        level, message, fields, rest = _parts(self.text)
        told = " ".join(f"{name}={_value(value)}" for name, value in fields.items() if value != without)
        head = f"{self.time[11:] or ' ' * 12}  {self.function:<{width}}  {level:<7}  {message}"
        return "\n".join([f"{head}  {told}".rstrip(), *(f"    {line}" for line in rest)])


def entries(function: str, lines: Iterable[str]) -> Iterator[Entry]:
    """The lines of one log, put together: what is no JSON and does not begin as the runtime's lines do goes on."""
    gathered: list[str] = []
    for line in lines:
        if gathered and _begins(line):
            yield Entry(function, "\n".join(gathered))
            gathered = []
        gathered.append(line)
    if gathered:
        yield Entry(function, "\n".join(gathered))


def _begins(line: str) -> bool:
    return line.startswith("{") or _RUNTIME.match(line) is not None


def _parts(text: str) -> tuple[str, str, Mapping[str, Any], list[str]]:
    """Level, message, fields, and the lines to show below."""
    first, *rest = text.split("\n")
    record = _record(first)
    if record is None:
        found = _RUNTIME.fullmatch(first)
        return (found["level"], found["message"], {}, rest) if found else ("", first, {}, rest)
    if "_aws" in record:
        return "METRIC", "", {name: value for name, value in record.items() if name != "_aws"}, rest
    fields = {
        name: value for name, value in record.items() if name not in _SHARED | _ELSEWHERE and value not in (None, "")
    }
    raised = str(record.get("exception") or "").splitlines()
    return str(record.get("level", "")), str(record.get("message", "")), fields, [*raised, *rest]


def _record(line: str) -> dict[str, Any] | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None


def _value(value: Any) -> str:
    if isinstance(value, str) and _BARE.fullmatch(value):
        return value
    return json.dumps(value, separators=(",", ":"))
