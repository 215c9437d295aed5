"""Starts of new interpreters, measured from outside: CPU time, and instructions where valgrind is installed."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_LOAD = (
    "import sys, runpy; sys.path[:0] = sys.argv[2:]; sys.dont_write_bytecode = True; "
    "runpy.run_path(sys.argv[1], run_name='app')"
)
_INSTRUCTIONS = re.compile(r"I\s+refs:\s+([\d,]+)")
_FIXED = {"AWS_DEFAULT_REGION": "eu-west-2", "AWS_ACCESS_KEY_ID": "none", "AWS_SECRET_ACCESS_KEY": "none"}
TIMEOUT = 300


@dataclass(frozen=True)
class Program:
    """A script with what it may import from and its environment: nothing else reaches it."""

    script: Path
    paths: Sequence[str]
    environ: Mapping[str, str]

    def cpu_ms(self) -> float:
        """User plus system time of the whole process. Raises `RuntimeError` when it fails."""
        process = subprocess.Popen(self._command(), env=self._environment())
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{self.script} does not start")
        return (usage.ru_utime + usage.ru_stime) * 1000

    def instructions(self) -> int | None:
        """Instructions that the process executes, as cachegrind counts them; None without valgrind."""
        valgrind = shutil.which("valgrind")
        if valgrind is None:
            return None
        options = ["--tool=cachegrind", "--cache-sim=no", "--cachegrind-out-file=/dev/null"]
        done = subprocess.run(
            [valgrind, *options, *self._command()],
            env=self._environment(),
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        found = _INSTRUCTIONS.search(done.stderr)
        if done.returncode or found is None:
            raise RuntimeError(f"{self.script} does not start under valgrind: {done.stderr[-500:]}")
        return int(found[1].replace(",", ""))

    def _command(self) -> list[str]:
        return [sys.executable, "-I", "-S", "-c", _LOAD, str(self.script), *self.paths]

    def _environment(self) -> dict[str, str]:
        return {"PATH": os.environ["PATH"], **_FIXED, **self.environ}
