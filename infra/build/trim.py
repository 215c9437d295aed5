"""What a layer leaves out of the packages it ships: less to download, to load and to parse at every cold start."""

import gzip
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from infra.build.deferred import defer

# Services that the functions call, by their folder in botocore's data, with their names in its list of endpoints.
SERVICES = {
    "apigateway": "apigateway",
    "dynamodb": "dynamodb",
    "events": "events",
    "lambda": "lambda",
    "secretsmanager": "secretsmanager",
    "ses": "email",
    "sesv2": "email",
    "sqs": "sqs",
    "ssm": "ssm",
    "stepfunctions": "states",
    "sts": "sts",
}
GENERAL_DATA = ("_retry.json", "endpoints.json", "partitions.json", "sdk-default-configuration.json")
# Chalice in a function is a router: these two files, which import the standard library only.
CHALICE_RUNTIME = {"__init__.py", "app.py"}
# python-ulid asks for its own version when it is imported, and importlib.metadata costs more than all of python-ulid.
ASKS_ITS_VERSION = ("from importlib.metadata import version\n", 'version("python-ulid")')
# Whole packages that nothing here runs: routing is chalice's, stripe's parameter types are for type checkers, and the
# documentation has one viewer.
VIEWER = "drf_spectacular_sidecar/static/drf_spectacular_sidecar"
UNUSED_PACKAGES = ("aws_lambda_powertools/event_handler", "stripe/params", f"{VIEWER}/redoc")
UNUSED_SUFFIXES = {".map", ".pyi", ".typed", ".c", ".h", ".pxd", ".pyx"}


def trim(root: Path) -> None:
    """Reduce the packages installed in `root` to what functions run."""
    shutil.rmtree(root / "bin", ignore_errors=True)
    for metadata in root.glob("python_ulid-*.dist-info"):
        _settle_version(root / "ulid" / "__init__.py", metadata.stem.partition("-")[2])
    for metadata in root.glob("*.dist-info"):
        shutil.rmtree(metadata)
    for folder in [*root.glob("*/tests"), *(root / package for package in UNUSED_PACKAGES)]:
        shutil.rmtree(folder, ignore_errors=True)
    for path in _files(root):
        if path.suffix in UNUSED_SUFFIXES or path.name == ".lock":
            path.unlink()
    if (root / "chalice").exists():
        _trim_chalice(root / "chalice")
    if (root / "botocore").exists():
        _trim_botocore(root / "botocore" / "data")
    defer(root)


def _files(root: Path) -> Iterator[Path]:
    return (path for path in sorted(root.rglob("*")) if path.is_file())


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def _settle_version(module: Path, version: str) -> None:
    """Write the version in, where the module asks for it. Raises `ValueError` when it no longer asks in that way."""
    text = module.read_text(encoding="utf-8")
    asked, value = ASKS_ITS_VERSION
    if text.count(asked) != 1 or text.count(value) != 1:
        raise ValueError(f"{module} does not ask for its version as it did: see ASKS_ITS_VERSION")
    module.write_text(text.replace(asked, "").replace(value, repr(version)), encoding="utf-8")


def _trim_chalice(chalice: Path) -> None:
    for path in chalice.iterdir():
        if path.name not in CHALICE_RUNTIME:
            _remove(path)


def _trim_botocore(data: Path) -> None:
    """Keep the newest model of each service in use, without its documentation, unzipped: it loads in half the time."""
    for path in data.iterdir():
        if path.name not in SERVICES and path.name not in GENERAL_DATA:
            _remove(path)
    for service in SERVICES:
        newest = max(version.name for version in (data / service).iterdir())
        for version in (data / service).iterdir():
            if version.name == newest:
                _trim_models(version)
            else:
                shutil.rmtree(version)
    _trim_endpoints(data / "endpoints.json")


def _trim_models(version: Path) -> None:
    for path in sorted(version.iterdir()):
        if path.name.startswith("examples"):
            path.unlink()
            continue
        compressed = path.suffix == ".gz"
        raw = gzip.decompress(path.read_bytes()) if compressed else path.read_bytes()
        model = _without_documentation(json.loads(raw))
        path.unlink()
        _write_json(path.with_suffix("") if compressed else path, model)


def _without_documentation(node: Any) -> Any:
    """Drop prose, which is text; a shape or member that happens to be called `documentation` is an object and stays."""
    if isinstance(node, dict):
        return {
            key: _without_documentation(value)
            for key, value in node.items()
            if not (key == "documentation" and isinstance(value, str))
        }
    return [_without_documentation(item) for item in node] if isinstance(node, list) else node


def _trim_endpoints(path: Path) -> None:
    """A service that is not listed follows its partition's defaults, so leaving others out changes nothing."""
    document = json.loads(path.read_bytes())
    names = set(SERVICES.values())
    for partition in document["partitions"]:
        partition["services"] = {name: value for name, value in partition["services"].items() if name in names}
    _write_json(path, document)


def _write_json(path: Path, document: object) -> None:
    path.write_text(json.dumps(document, separators=(",", ":"), ensure_ascii=False), encoding="utf-8")
