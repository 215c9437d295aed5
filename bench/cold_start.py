"""CPU time that each function's start costs, from the built layers, against two references of the same run.

A start is a new interpreter that imports app.py with nothing but the layers on its path: user plus system time of the
whole process, the median of several. Ratios are what can be quoted; the milliseconds are this machine's.
"""

import os
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra import templates
from infra.build import layer

ROOT = Path(__file__).resolve().parents[1]
REFERENCES = ROOT / "bench" / "references"
_LOAD = (
    "import sys, runpy; sys.path[:0] = sys.argv[2:]; sys.dont_write_bytecode = True; "
    "runpy.run_path(sys.argv[1], run_name='app')"
)


@dataclass(frozen=True, slots=True)
class Start:
    """What one function's start costs: milliseconds of CPU, and the share of the usual combination's."""

    function: str
    cpu_ms: float
    share: float


def measure(directory: Path, runs: int) -> list[Start]:
    """The two references, then every function, by name."""
    site = [path for path in sys.path if path.endswith("site-packages")]
    base = _median(REFERENCES / "runtime_base.py", [], {}, runs)
    usual = _median(REFERENCES / "usual_combination.py", site, {}, runs)
    starts = [Start("(the bare runtime)", base, base / usual), Start("(the usual combination)", usual, 1.0)]
    for template in templates.contexts(ROOT):
        paths = [str(path) for path in built(directory, template.context)]
        for function in template.functions:
            cpu = _median(ROOT / function.folder / "app.py", paths, template.environment(function), runs)
            starts.append(Start(function.folder, cpu, cpu / usual))
    return starts


def built(directory: Path, context: str) -> list[Path]:
    """The import paths of a context's layers, built for this machine."""
    return [layer.build(name, directory / name, layer.Target.host()) for name in ("kernel", context)]


def _median(script: Path, paths: Sequence[str], environ: Mapping[str, str], runs: int) -> float:
    return statistics.median(_cpu_ms(script, paths, environ) for _ in range(runs))


def _cpu_ms(script: Path, paths: Sequence[str], environ: Mapping[str, str]) -> float:
    fixed = {"AWS_DEFAULT_REGION": "eu-west-2", "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
    command = [sys.executable, "-I", "-S", "-c", _LOAD, str(script), *paths]
    process = subprocess.Popen(command, env={"PATH": os.environ["PATH"], **fixed, **environ})
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{script} does not start")
    return (usage.ru_utime + usage.ru_stime) * 1000
