"""Code and layers unpacked once per content, not once per process.

Stock unpacks the function and each layer again for every worker process: a second for a layer of a thousand files.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
import time
import zipfile
from pathlib import Path

KEPT_SECONDS = 30 * 24 * 3600.0
_digests: dict[int, tuple[bytes, str]] = {}


def _digest(archive: bytes) -> str:
    """The archive's SHA-256, remembered per object: the same bytes are asked for at each cold start."""
    known = _digests.get(id(archive))
    if known is None or known[0] is not archive:
        known = (archive, hashlib.sha256(archive).hexdigest()[:32])
        _digests[id(archive)] = known
    return known[1]


def _extract(archive: bytes, target: Path) -> None:
    """Unpack into `target`, which appears complete or not at all."""
    scratch = Path(tempfile.mkdtemp(dir=target.parent))
    packed = scratch / "archive.zip"
    packed.write_bytes(archive)
    with zipfile.ZipFile(packed) as contents:
        contents.extractall(scratch / "contents")
    try:
        (scratch / "contents").rename(target)
    except OSError:
        if not target.is_dir():
            raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def directory_of(archive: bytes, root: Path) -> Path:
    """The directory under `root` that holds the archive's contents, unpacking it if it is new."""
    target = root / _digest(archive)
    if not target.is_dir():
        root.mkdir(parents=True, exist_ok=True)
        _extract(archive, target)
    os.utime(target)  # tells `prune` that it is in use
    return target


def prune(root: Path) -> None:
    """Remove what no process has been started from for a month."""
    for directory in root.iterdir() if root.is_dir() else []:
        if time.time() - directory.stat().st_mtime > KEPT_SECONDS:
            shutil.rmtree(directory, ignore_errors=True)
