"""The functions' logs: one file per function; what belongs to one id is merged by time."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.,]\d{3}")


def tail(path: Path, lines: int = 20) -> list[str]:
    """The last lines of one log."""
    try:
        with path.open("rb") as log:
            log.seek(0, 2)
            log.seek(max(0, log.tell() - 400 * lines))
            return log.read().decode(errors="replace").splitlines()[-lines:]
    except OSError:
        return []


def last_error(directory: Path) -> str:
    """The end of the log in which an unhandled error appeared last, to show with a failure."""
    logs = sorted(directory.glob("*.log"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in logs[:20]:
        lines = tail(path, 40)
        if any(line.startswith("[ERROR]") or '"level":"ERROR"' in line for line in lines):
            return "\n".join([f"{path.name}:", *lines[-15:]])
    return ""


def _matches(path: Path, function: str | None) -> bool:
    return function is None or function in path.stem


class Reader:
    """Reads what is appended to the logs of a directory."""

    def __init__(self, directory: Path, function: str | None, wanted: str | None) -> None:
        self._directory = directory
        self._function = function
        self._wanted = wanted
        self._offsets: dict[Path, int] = {}

    def existing(self, lines: int) -> Iterator[tuple[str, str]]:
        """What is there: all that matches an id, in the order in which it happened; else the last lines of each log."""
        lines_found = self._existing(lines)
        yield from sorted(lines_found, key=_written_at) if self._wanted else lines_found

    def _existing(self, lines: int) -> Iterator[tuple[str, str]]:
        for path in sorted(self._directory.glob("*.log")):
            if not _matches(path, self._function):
                continue
            self._offsets[path] = path.stat().st_size
            found = path.read_text(errors="replace").splitlines() if self._wanted else tail(path, lines)
            yield from ((path.stem, line) for line in found if self._keeps(line))

    def follow(self) -> Iterator[tuple[str, str]]:
        """What is written from now on."""
        while True:
            for path in sorted(self._directory.glob("*.log")):
                if _matches(path, self._function):
                    yield from self._appended(path)
            time.sleep(0.25)

    def _appended(self, path: Path) -> Iterator[tuple[str, str]]:
        offset = min(self._offsets.get(path, 0), path.stat().st_size)
        with path.open("rb") as log:
            log.seek(offset)
            content = log.read()
        complete = content.rfind(b"\n") + 1
        self._offsets[path] = offset + complete
        for line in content[:complete].decode(errors="replace").splitlines():
            if self._keeps(line):
                yield path.stem, line

    def _keeps(self, line: str) -> bool:
        return self._wanted is None or self._wanted in line


def _written_at(entry: tuple[str, str]) -> str:
    """The time in a line, which the functions' own lines and the runtime's write a little differently."""
    found = _TIME.search(entry[1])
    return found[0].replace("T", " ").replace(",", ".") if found else ""
