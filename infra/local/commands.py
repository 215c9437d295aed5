"""What the command line can do, without how it is shown."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from infra.local import engine, stackfile
from infra.local.deploy import STACK, Deployed, Deployment, deploy
from infra.local.failure import LocalStackError
from infra.local.templates import load
from infra.local.workspace import Workspace

OLDEST, NEWEST = (3, 11), (3, 14)
Report = Callable[[str], None]


@dataclass(frozen=True)
class Options:
    """One stack and how to make it."""

    workspace: Workspace
    kind: str = "ministack"
    endpoint_url: str | None = None
    port: int | None = None
    enforce_iam: bool = False
    template: Path | None = None
    stack: str = STACK
    parameters: dict[str, str] = field(default_factory=dict)


def check_python() -> None:
    """The functions run on this interpreter."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        found = ".".join(map(str, sys.version_info[:2]))
        raise LocalStackError(
            f"Python {found} runs the local stack; it needs 3.11 to 3.14.",
            advice="Run `make clean setup PYTHON=python3.13` with a Python that you have.",
        )


def endpoint(options: Options, *, start: bool = True) -> str:
    """The engine's address; starts it where that is ours to do."""
    if options.kind == "localstack":
        url = options.endpoint_url or os.environ.get("AGORA_ENDPOINT_URL")
        if not url:
            raise LocalStackError(
                "ENGINE=localstack needs the address of a running LocalStack.",
                advice="Set AGORA_ENDPOINT_URL, for example to http://127.0.0.1:4566.",
            )
        return url.rstrip("/")
    check_python()
    running = (
        engine.start(options.workspace, options.port, enforce_iam=options.enforce_iam)
        if start
        else engine.find(options.workspace)
    )
    if running is None:
        raise LocalStackError("The local stack is not running.", advice="Start it with `make run`.")
    return running.url


def deployment(options: Options, url: str, report: Report, progress: Callable[[int], None]) -> Deployment:
    """The deployment that `options` describe."""
    return Deployment(
        options.workspace,
        url,
        kind=options.kind,
        stack=options.stack,
        template=options.template,
        parameters=options.parameters,
        report=report,
        progress=progress,
    )


def deploy_stack(
    options: Options, url: str, report: Report = lambda _: None, progress: Callable[[int], None] = lambda _: None
) -> tuple[Deployed, stackfile.Description]:
    """Deploy and describe the stack."""
    work = deployment(options, url, report, progress)
    deployed = deploy(work)
    declared = load(work.template_path).get("Parameters", {})

    def value(name: str, fallback: str) -> str:
        return options.parameters.get(name) or str(declared.get(name, {}).get("Default", fallback))

    names = stackfile.Names(value("Prefix", "agora"), value("StageName", "v1"), deployed.outputs)
    description = stackfile.describe(options.workspace, url, names)
    stackfile.write(options.workspace, description)
    return deployed, description


def clean(workspace: Workspace) -> None:
    """Stop the engine and remove what the stack has stored; built layers stay."""
    engine.stop(workspace)
    for directory in (workspace.engine, workspace.logs):
        shutil.rmtree(directory, ignore_errors=True)
    workspace.stack_file.unlink(missing_ok=True)
