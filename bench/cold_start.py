"""What each function's start costs, from the built layers, against two references of the same run.

A start is a new interpreter that imports app.py with nothing but the layers on its path, and so makes the function's
clients. Measured are instructions, which hardly differ from run to run, and CPU time, the median of several. Ratios are
what can be quoted.
"""

import os
import re
import statistics
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bench.processes import Program
from infra import templates
from infra.build import layer

ROOT = Path(__file__).resolve().parents[1]
REFERENCES = ROOT / "bench" / "references"
BARE, USUAL = "(the bare runtime)", "(the usual combination)"
TARGETS = {"route": 0.45, "other": 0.40}
"""The most of the usual combination's instructions that a function may take to start."""
GOAL = 0.30
_ROUTE = re.compile(r'"""[A-Z]+ /')


@dataclass(frozen=True, slots=True)
class Start:
    """What one start costs; shares are of the usual combination's. No instructions where there is no valgrind."""

    function: str
    kind: str
    cpu_ms: float
    cpu_share: float
    million_instructions: float | None
    instruction_share: float | None

    @property
    def target(self) -> float | None:
        """What its share may be, None for the references."""
        return TARGETS.get(self.kind)


def measure(directory: Path, runs: int, only: str = "") -> list[Start]:
    """The two references, then every function whose folder has `only` in it, by context."""
    programs = dict(_programs(directory, only))
    with ThreadPoolExecutor(max(1, (os.cpu_count() or 1))) as pool:
        instructions = dict(zip(programs, pool.map(Program.instructions, programs.values()), strict=True))
    # Processes side by side would disturb each other's times.
    cpu = {name: statistics.median(program.cpu_ms() for _ in range(runs)) for name, program in programs.items()}
    usual = instructions[USUAL]
    return [
        Start(
            function=name,
            kind=_kind(programs[name].script) if name not in (BARE, USUAL) else "reference",
            cpu_ms=round(cpu[name], 1),
            cpu_share=round(cpu[name] / cpu[USUAL], 3),
            million_instructions=None if count is None else round(count / 1e6, 1),
            instruction_share=None if count is None or usual is None else round(count / usual, 3),
        )
        for name, count in instructions.items()
    ]


def _programs(directory: Path, only: str) -> Iterator[tuple[str, Program]]:
    site = [path for path in sys.path if path.endswith("site-packages")]
    yield BARE, Program(REFERENCES / "runtime_base.py", [], {})
    yield USUAL, Program(REFERENCES / "usual_combination.py", site, {})
    for template in templates.contexts(ROOT):
        wanted = [function for function in template.functions if only in function.folder]
        paths = [str(path) for path in built(directory, template.context)] if wanted else []
        for function in wanted:
            script = ROOT / function.folder / "app.py"
            yield function.folder.removeprefix("functions/"), Program(script, paths, template.environment(function))


def _kind(script: Path) -> str:
    return "route" if _ROUTE.match(script.read_text()) else "other"


def built(directory: Path, context: str) -> list[Path]:
    """The import paths of a context's layers, built for this machine."""
    return [layer.build(name, directory / name, layer.Target.host()) for name in ("kernel", context)]


def result(starts: Sequence[Start]) -> dict[str, Any]:
    """What is committed of a run."""
    python = ".".join(map(str, sys.version_info[:3]))
    return {"python": python, "starts": [asdict(start) for start in starts]}
