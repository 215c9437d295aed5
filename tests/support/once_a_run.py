"""What takes long to make and is equal for all workers of a test run: made by the first that asks, then read."""

import fcntl
import os
import pickle
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

T = TypeVar("T")


def once_a_run(name: str, make: Callable[[], T]) -> T:
    """What `make` gives, which has to be picklable. Outside of pytest-xdist's workers it is simply made."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
    if run is None:
        return make()
    folder = _folder(run)
    folder.mkdir(exist_ok=True)
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = folder / f"{name}.pickle"
        if kept.exists():
            return cast(T, pickle.loads(kept.read_bytes()))  # noqa: S301 - a worker of this very run wrote it
        made = make()
        kept.write_bytes(pickle.dumps(made))
    return made


def forget(run: str) -> None:
    """Remove what a test run kept."""
    shutil.rmtree(_folder(run), ignore_errors=True)


def _folder(run: str) -> Path:
    return Path(tempfile.gettempdir()) / f"agora-tests-{run}"
