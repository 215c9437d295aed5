"""Deterministic zip archives: the same files always give the same bytes, so that a key can be made of the content."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

EPOCH = (1980, 1, 1, 0, 0, 0)
IGNORED_DIRECTORIES = {"__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", "node_modules", ".git"}
IGNORED_SUFFIXES = {".pyc", ".pyo"}


def files_of(directory: Path, *, keep_bytecode: bool = False) -> Iterator[Path]:
    """Every file that belongs into a package, in a fixed order."""
    for path in sorted(directory.rglob("*")):
        parts = path.relative_to(directory).parts
        if not path.is_file():
            continue
        if not keep_bytecode and (IGNORED_DIRECTORIES & set(parts) or path.suffix in IGNORED_SUFFIXES):
            continue
        yield path


def digest_of(paths: list[Path], *facts: str) -> str:
    """A digest of files' names and contents and of `facts`."""
    digest = hashlib.sha256("\0".join(facts).encode())
    for root in paths:
        for path in [root] if root.is_file() else files_of(root):
            digest.update(f"\0{path.name if path == root else path.relative_to(root)}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:24]


def pack(directory: Path, *, keep_bytecode: bool = False) -> bytes:
    """`directory` as a zip archive."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for path in files_of(directory, keep_bytecode=keep_bytecode):
            entry = zipfile.ZipInfo(path.relative_to(directory).as_posix(), EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = (0o755 if path.stat().st_mode & 0o100 else 0o644) << 16
            archive.writestr(entry, path.read_bytes())
    return buffer.getvalue()
