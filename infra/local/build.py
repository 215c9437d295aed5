"""Builds what the templates refer to for the machine that the local stack runs on: layers and functions.

Functions are folders of plain Python and are packed as they are. A layer with a BuildMethod is built by
`infra/build/layer.py`, once per content: every context's template has the kernel layer, and it is built once.
"""

from __future__ import annotations

import platform
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable
from pathlib import Path

from infra.local.failure import LocalStackError
from infra.local.packing import digest_of, pack
from infra.local.workspace import Workspace

BUILD_SECONDS = 600
Report = Callable[[str], None]


class Builder:
    """Turns folders into archives; each is made at most once per content."""

    def __init__(self, workspace: Workspace, report: Report = lambda _: None) -> None:
        self._workspace = workspace
        self._report = report
        self._layers: dict[Path, bytes] = {}

    def function(self, folder: Path) -> bytes:
        """The archive of one function's folder."""
        if not folder.is_dir():
            raise LocalStackError(f"{folder} does not exist, but a template refers to it.")
        return pack(folder)

    def layer(self, folder: Path, *, build: bool) -> bytes:
        """The archive of one layer: as it is, or built for this host."""
        if folder not in self._layers:
            self._layers[folder] = self._built(folder) if build else pack(folder)
        return self._layers[folder]

    def _built(self, folder: Path) -> bytes:
        key = self._key(folder)
        archive = self._workspace.build / "layers" / f"{folder.name}-{key}.zip"
        if not archive.is_file():
            self._report(f"building layer {folder.name}")
            content = self._build(folder)
            archive.parent.mkdir(parents=True, exist_ok=True)
            scratch = archive.with_suffix(".part")
            scratch.write_bytes(content)
            scratch.replace(archive)
        return archive.read_bytes()

    def _key(self, folder: Path) -> str:
        """Everything that the built layer depends on."""
        source = self._workspace.source
        recipe = [path for path in (source / "infra/build", source / "requirements") if path.exists()]
        host = (platform.machine(), sysconfig.get_platform(), platform.python_version())
        return digest_of([folder, *recipe], *host)

    def _build(self, folder: Path) -> bytes:
        script = self._workspace.source / "infra" / "build" / "layer.py"
        with tempfile.TemporaryDirectory() as scratch:
            done = subprocess.run(
                [sys.executable, str(script), folder.name, scratch, "--target", "host"],
                cwd=self._workspace.source,
                capture_output=True,
                text=True,
                timeout=BUILD_SECONDS,
                check=False,
            )
            if done.returncode != 0:
                raise LocalStackError(
                    f"Building the layer {folder.name} failed.",
                    detail=(done.stderr or done.stdout)[-3000:],
                    advice="If packages could not be downloaded, check the network and run the command again.",
                )
            return pack(Path(scratch), keep_bytecode=True)
