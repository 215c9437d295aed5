"""Deploys `template.yaml` into the engine: package, upload by content, create or update; skip what stands already."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra.local.archive import make_archive
from infra.local.aws import client
from infra.local.build import Builder
from infra.local.engine import REGION
from infra.local.failure import LocalStackError
from infra.local.stacks import Stacks
from infra.local.templates import Packager, load
from infra.local.workspace import Workspace

BUCKET = "agora-deployments"
STACK = "agora"
Report = Callable[[str], None]


@dataclass
class Deployment:
    """What to deploy, and where."""

    workspace: Workspace
    endpoint_url: str
    kind: str = "ministack"
    stack: str = STACK
    template: Path | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    report: Report = lambda _: None
    progress: Callable[[int], None] = lambda _: None

    @property
    def template_path(self) -> Path:
        """The root template."""
        return self.template or self.workspace.source / "template.yaml"


@dataclass(frozen=True)
class Deployed:
    """A stack as it is after a deploy."""

    changed: bool
    seconds: float
    outputs: dict[str, str]


class Store:
    """A bucket whose keys are made of the content, so that equal content is uploaded once."""

    def __init__(self, s3: Any) -> None:
        self._s3 = s3
        self._known: set[str] = set()

    def open(self) -> None:
        """Make the bucket and learn what it holds."""
        try:
            self._s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
        except ClientError as error:
            if error.response["Error"]["Code"] not in {"BucketAlreadyOwnedByYou", "BucketAlreadyExists"}:
                raise
        for page in self._s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET):
            self._known.update(entry["Key"] for entry in page.get("Contents", []))

    def put(self, folder: str, content: bytes, extension: str) -> str:
        """Store `content` and answer its URI."""
        key = f"{folder}/{hashlib.sha256(content).hexdigest()[:32]}.{extension}"
        if key not in self._known:
            self._s3.put_object(Bucket=BUCKET, Key=key, Body=content)
            self._known.add(key)
        return f"s3://{BUCKET}/{key}"


def stack_parameters(template: dict[str, Any], deployment: Deployment) -> dict[str, str]:
    """Of the local settings those that the root template declares."""
    local = {"Engine": deployment.kind, "EventArchive": "false", "AccountLogRole": "false", **deployment.parameters}
    return {key: value for key, value in local.items() if key in template.get("Parameters", {})}


class Record:
    """What the last deploy put into the engine, kept in the engine: after a crash both are of the same moment."""

    def __init__(self, deployment: Deployment) -> None:
        self._ssm = client("ssm", deployment.endpoint_url)
        self._name = f"/local-stack/{deployment.stack}/deployed"

    def read(self) -> Any:
        """The record, None before the first deploy."""
        try:
            return json.loads(self._ssm.get_parameter(Name=self._name)["Parameter"]["Value"])
        except ClientError as error:
            if error.response["Error"]["Code"] != "ParameterNotFound":
                raise
            return None

    def write(self, known: Any) -> None:
        """Replace the record."""
        self._ssm.put_parameter(Name=self._name, Value=json.dumps(known), Type="String", Overwrite=True)


def _already(deployment: Deployment, stacks: Stacks, template: str, parameters: dict[str, str]) -> bool:
    """Whether exactly this has been deployed and stands."""
    known = Record(deployment).read()
    stack = stacks.describe(deployment.stack)
    standing = stack is not None and stack["StackStatus"] in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}
    return standing and known == {"template": template, "parameters": parameters}


def deploy(deployment: Deployment) -> Deployed:
    """Bring the engine's stack in line with the repository."""
    started = time.monotonic()
    template = load(deployment.template_path)
    parameters = stack_parameters(template, deployment)
    store = Store(client("s3", deployment.endpoint_url))
    store.open()
    builder = Builder(deployment.workspace, deployment.report)
    packager = Packager(builder, store.put, pin_api=deployment.kind == "ministack")
    plain = packager.package(deployment.template_path, parameters)
    uri = store.put("templates", json.dumps(plain, sort_keys=True, default=str).encode(), "json")
    stacks = Stacks(client("cloudformation", deployment.endpoint_url))
    changed = not _already(deployment, stacks, uri, parameters)
    if changed:
        changed = _apply(deployment, stacks, uri, parameters)
        make_archive(deployment.endpoint_url, stacks.outputs(deployment.stack))
    return Deployed(changed, time.monotonic() - started, stacks.outputs(deployment.stack))


def _apply(deployment: Deployment, stacks: Stacks, uri: str, parameters: dict[str, str]) -> bool:
    deployment.report("deploying")
    template_url = uri.replace("s3://", f"{deployment.endpoint_url}/", 1)
    try:
        changed = stacks.deploy(deployment.stack, template_url, parameters, deployment.progress)
    except ClientError as error:
        raise LocalStackError("The engine refused the template.", detail=str(error)) from error
    Record(deployment).write({"template": uri, "parameters": parameters})
    return changed
