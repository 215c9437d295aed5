"""What the AWS Python runtime brings besides the standard library: boto3 and its dependencies, and nothing else.

The functions' processes do not see the engine's packages, or a package that a layer lacks would go unnoticed until it
runs on AWS.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from infra.local.workspace import Workspace

PACKAGES = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3")
MODULES = ("six",)


def _location(name: str) -> Path | None:
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        return None
    return Path(found.origin) if name in MODULES else Path(found.origin).parent


def runtime_directory(workspace: Workspace) -> Path:
    """A directory of links to those packages in this environment."""
    directory = workspace.shared / "runtime"
    directory.mkdir(parents=True, exist_ok=True)
    for name in (*PACKAGES, *MODULES):
        source = _location(name)
        if source is None:
            continue
        link = directory / source.name
        if not link.is_symlink() or link.readlink() != source:
            link.unlink(missing_ok=True)
            link.symlink_to(source)
    return directory
