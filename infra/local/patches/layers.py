"""Lambda layers are stored once per content.

Stock 1.5.33 writes every version of every layer into its state file as text, and holds one copy of each in memory: the
kernel layer that nine templates share makes that file a hundred megabytes, to be written again with every save.
"""

# ruff: noqa: SLF001 - a cure reaches into what it cures
from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.local.patches import ministack

REFERENCE = "agora_layer"
_contents: dict[str, bytes] = {}
_digests: dict[int, str] = {}
"""By the identity of an object in `_contents`, which keeps it alive: a digest of megabytes is worth remembering."""


def _digest(content: bytes) -> str:
    return _digests.get(id(content)) or hashlib.sha256(content).hexdigest()


def shared(content: bytes) -> bytes:
    """The one object that holds this content."""
    digest = _digest(content)
    kept = _contents.setdefault(digest, content)
    _digests[id(kept)] = digest
    return kept


def _directory() -> Path:
    return Path(os.environ["STATE_DIR"]) / "layer-contents"


def _versions(layers: Any) -> Iterator[dict[str, Any]]:
    for layer in layers._data.values():
        yield from layer["versions"]


def _store(content: bytes) -> str:
    digest = _digest(content)
    path = _directory() / f"{digest}.zip"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        scratch = path.with_suffix(".part")
        scratch.write_bytes(content)
        scratch.replace(path)
    return digest


def put_out(layers: Any) -> None:
    """Replace contents by references to files."""
    used = set()
    for version in _versions(layers):
        if isinstance(version.get("_zip_data"), bytes):
            used.add(digest := _store(version["_zip_data"]))
            version["_zip_data"] = {REFERENCE: digest}
    for path in _directory().glob("*.zip"):
        if path.stem not in used:
            path.unlink(missing_ok=True)


def take_in(layers: Any) -> None:
    """Replace references by contents."""
    for version in _versions(layers):
        reference = version.get("_zip_data")
        if isinstance(reference, dict):
            version["_zip_data"] = shared((_directory() / f"{reference[REFERENCE]}.zip").read_bytes())


def apply() -> None:
    """Share contents when layers are made and loaded, and save references."""
    service = ministack("services.lambda_svc")
    handlers = ministack("services.cloudformation.provisioners")._RESOURCE_HANDLERS["AWS::Lambda::LayerVersion"]
    stock_state, stock_restore, stock_create = service.get_state, service._restore_state, handlers["create"]

    def get_state() -> dict[str, Any]:
        state: dict[str, Any] = stock_state()
        put_out(state["layers"])
        return state

    def restore(data: dict[str, Any]) -> None:
        if data and "layers" in data:
            take_in(data["layers"])
        stock_restore(data)

    def create(*args: Any, **kwargs: Any) -> Any:
        made = stock_create(*args, **kwargs)
        for version in _versions(service._layers):
            if isinstance(version.get("_zip_data"), bytes):
                version["_zip_data"] = shared(version["_zip_data"])
        return made

    service.get_state, service._restore_state, handlers["create"] = get_state, restore, create
