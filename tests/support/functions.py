"""Functions as Lambda sees them: a folder with an app.py, loaded by path without touching sys.path."""

import importlib.util
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).resolve().parents[2]
FUNCTIONS = ROOT / "functions"


def load(context: str, function: str) -> ModuleType:
    """Import functions/<context>/<function>/app.py anew, as a cold start does."""
    path = FUNCTIONS / context / function / "app.py"
    spec = importlib.util.spec_from_file_location(f"app_{context}_{function}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """The process environment with these values for a while."""
    before = dict(os.environ)
    os.environ.update(values)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
