"""Log lines as Powertools writes them, for a function that answers before every new caller and cannot pay for it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from kernel.correlation import Correlation
from kernel.masking import masked

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


class PlainLog:
    """Writes JSON lines, masked, with the keys that `kernel.telemetry` gives them."""

    def __init__(self, service: str, level: str) -> None:
        self._service = service
        self._written = _LEVELS[_LEVELS.index(level.upper()) :]

    def info(self, message: str, cause: Correlation, **fields: Any) -> None:
        """What went as it should."""
        self._write("INFO", message, cause, fields)

    def warning(self, message: str, cause: Correlation, **fields: Any) -> None:
        """What somebody should know of."""
        self._write("WARNING", message, cause, fields)

    def _write(self, level: str, message: str, cause: Correlation, fields: Mapping[str, Any]) -> None:
        if level not in self._written:
            return
        line = {
            "level": level,
            "message": message,
            "timestamp": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S,%f")[:-3] + "+0000",
            "service": self._service,
            "correlation_id": cause.correlation_id,
            "traceparent": cause.traceparent,
            **fields,
        }
        print(json.dumps(masked(line), separators=(",", ":")), flush=True)
