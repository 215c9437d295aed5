"""Modules of shipped packages that others import at their own import, and functions hardly ever use: loaded on first use.

botocore imports its documentation generator, two date parsers and JMESPath; urllib3 asks for the version of an HTTP/2
library; Powertools imports its tracer and JMESPath. Each such module is kept whole under another name, and a small one in
its place loads it when something of it is asked for.

What differs: what a module did at its import (Powertools tells botocore its name) happens later or never, names with two
leading underscores (`jmespath.__version__`) are not there, and a name that is a submodule's too is the submodule.
"""

from dataclasses import dataclass
from pathlib import Path

_STANDS_IN = '''"""Loads {loaded} when something of it is used; made by Agora's build."""

import importlib

_SUBMODULES = {submodules!r}


def __getattr__(name):
    if name in _SUBMODULES or name.startswith("__"):
        raise AttributeError(name)  # the import system then looks for a submodule
    return getattr(importlib.import_module({loaded!r}), name)
'''
_CALLABLE = '''

def {name}(*args, **kwargs):
    return __getattr__({name!r})(*args, **kwargs)
'''


@dataclass(frozen=True)
class Deferred:
    """A module to load late. `callables` are what others take from it by name, and only call."""

    module: str
    callables: tuple[str, ...] = ()


MODULES = (
    Deferred("aws_lambda_powertools"),  # kernel.telemetry takes what it needs from the packages below
    Deferred("aws_lambda_powertools.utilities.jmespath_utils"),
    Deferred("botocore.docs"),
    Deferred("botocore.docs.bcdoc.restdoc", ("DocumentStructure",)),
    Deferred("botocore.docs.method", ("document_model_driven_method",)),
    Deferred("botocore.docs.paginator", ("document_paginate_method",)),
    Deferred("botocore.docs.waiter", ("document_wait_method",)),
    Deferred("botocore.retries.adaptive"),
    Deferred("dateutil.parser", ("parse",)),
    Deferred("jmespath"),
    Deferred("urllib3.http2"),
)


def defer(root: Path) -> None:
    """Put stand-ins for `MODULES` into the packages installed in `root`, where they are installed."""
    for deferred in MODULES:
        folder = root.joinpath(*deferred.module.split("."))
        if folder.is_dir():
            _replace(folder / "__init__.py", f"{deferred.module}._deferred", _submodules(folder), deferred.callables)
        elif folder.with_suffix(".py").exists():
            parent, _, name = deferred.module.rpartition(".")
            _replace(folder.with_suffix(".py"), f"{parent}._deferred_{name}", (), deferred.callables)


def _submodules(folder: Path) -> tuple[str, ...]:
    return tuple(sorted(path.stem for path in folder.iterdir() if path.suffix in {"", ".py"} and path.stem[0] != "_"))


def _replace(path: Path, loaded: str, submodules: tuple[str, ...], callables: tuple[str, ...]) -> None:
    path.rename(path.with_name(f"{loaded.rpartition('.')[2]}.py"))
    stand_in = _STANDS_IN.format(loaded=loaded, submodules=submodules)
    path.write_text(stand_in + "".join(_CALLABLE.format(name=name) for name in callables))
