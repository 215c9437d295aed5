"""The functions' logs: one file per function; what belongs to one id is merged by time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from infra.local.logline import Entry, entries


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


class Reader:
    """Reads what is, and is being, written to the logs of a directory: all of it, or what names an id."""

    def __init__(self, directory: Path, function: str | None, wanted: str | None) -> None:
        self._directory = directory
        self._function = function
        self._wanted = wanted
        self._offsets: dict[Path, int] = {}

    def existing(self, lines: int) -> Iterator[Entry]:
        """What is there: all that matches an id, in the order in which it happened; else the last lines of each log."""
        found = self._existing(lines)
        yield from sorted(found, key=lambda entry: entry.time) if self._wanted else found

    def _existing(self, lines: int) -> Iterator[Entry]:
        for path in self._logs():
            self._offsets[path] = path.stat().st_size
            written = path.read_text(errors="replace").splitlines() if self._wanted else tail(path, lines)
            yield from self._kept(path, written)

    def follow(self) -> Iterator[Entry]:
        """What is written from now on."""
        while True:
            for path in self._logs():
                yield from self._appended(path)
            time.sleep(0.25)

    def _logs(self) -> list[Path]:
        function = self._function or ""
        return [path for path in sorted(self._directory.glob("*.log")) if function in path.stem]

    def _appended(self, path: Path) -> Iterator[Entry]:
        offset = min(self._offsets.get(path, 0), path.stat().st_size)
        with path.open("rb") as log:
            log.seek(offset)
            content = log.read()
        complete = content.rfind(b"\n") + 1
        self._offsets[path] = offset + complete
        yield from self._kept(path, content[:complete].decode(errors="replace").splitlines())

    def _kept(self, path: Path, written: list[str]) -> Iterator[Entry]:
        wanted = self._wanted or ""
        return (entry for entry in entries(path.stem, written) if wanted in entry.text)
