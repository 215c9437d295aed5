"""The local stack as a developer meets it: time to the first captured payment, memory, and the rate of the replay."""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.local import stack

ROOT = Path(__file__).resolve().parents[1]
PUBLISHED = ROOT.parent / "shared" / "data" / "online_retail_2010-12-01_02.csv"
OWN = ROOT / "tests" / "fixtures" / "orders.csv"


@dataclass(frozen=True, slots=True)
class Figures:
    """Seconds of a first and a second `make run` (environments there), memory in MB, and the replay's report."""

    first_run: float
    second_run: float
    idle_memory: float
    replay: dict[str, Any]
    busy_memory: float
    processes: int


def measure() -> Figures:
    """Run a private stack, order, replay, and stop it."""
    with tempfile.TemporaryDirectory(prefix="agora-bench-") as name:
        directory = Path(name)
        try:
            first = _seconds("run", "--directory", name, "--port", "0")
            idle = memory_of(_pid(directory))[0]
            second = _seconds("run", "--directory", name)
            replay = _replay(directory)
            busy, processes = memory_of(_pid(directory))
        finally:
            stack.command("stop", "--directory", name)
    return Figures(first, second, idle, replay, busy, processes)


def _seconds(*arguments: str) -> float:
    begun = time.monotonic()
    stack.command(*arguments)
    return time.monotonic() - begun


def _pid(directory: Path) -> int:
    return stack.LocalStack(directory, ()).pid


def _replay(directory: Path) -> dict[str, Any]:
    named = os.environ.get("AGORA_ORDERS_CSV")
    file = Path(named) if named else PUBLISHED if PUBLISHED.exists() else OWN
    out = directory / "replay.json"
    command = [stack.engine_python(), "-m", "infra.replay", str(file)]
    command += ["--stack", str(directory / "stack.json"), "--out", str(out)]
    subprocess.run(command, cwd=ROOT, check=True, timeout=900, stdout=subprocess.DEVNULL)
    report: dict[str, Any] = json.loads(out.read_text())
    return report


def memory_of(pid: int) -> tuple[float, int]:
    """Resident MB of the engine with all its functions, shared pages counted once for each share, and processes."""
    family = [pid, *_descendants(pid)]
    return sum(_proportional_kb(each) for each in family) / 1024, len(family)


def _descendants(pid: int) -> list[int]:
    children = [int(child) for task in _tasks(pid) for child in task.split()]
    return [each for child in children for each in (child, *_descendants(child))]


def _tasks(pid: int) -> Iterator[str]:
    """The children of each thread; processes and threads may end while they are looked at."""
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            yield task.read_text()


def _proportional_kb(pid: int) -> int:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0  # it ended meanwhile
    return next((int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:")), 0)
