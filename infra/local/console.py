"""What a person sees of the local stack's commands."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from rich.console import Console
from rich.markup import escape

from infra.local import commands, demo, engine, mailbox, stackfile
from infra.local.commands import Options
from infra.local.failure import LocalStackError
from infra.local.logline import Entry
from infra.local.logs import Reader
from infra.local.seed import seed
from infra.local.workspace import Workspace


class Screen:
    """Steps with their times, and a failure that says what to do."""

    def __init__(self, *, plain: bool) -> None:
        self.out = Console(highlight=False, no_color=plain or None, soft_wrap=True)
        self._moving = self.out.is_terminal and not plain

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """One step of a command: shown while it works, and with its time when it is done."""
        started, step = time.monotonic(), Step(name)
        if self._moving:
            with self.out.status(name) as status:
                step.on_detail = lambda detail: status.update(f"{name}: {escape(detail)}")
                yield step
        else:
            yield step
        seconds = f"{time.monotonic() - started:5.1f} s"
        self.out.print(f"[green]✓[/] {name:<20} [dim]{seconds}[/]  {escape(step.result)}")

    def failure(self, error: LocalStackError) -> None:
        """A problem, its details, and what to do."""
        self.out.print(f"[red]✗ {escape(error.problem)}[/]")
        if error.detail:
            self.out.print(escape(error.detail), style="dim")
        if error.advice:
            self.out.print(f"→ {escape(error.advice)}")


class Step:
    """What a step reports about itself."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.result = ""
        self.on_detail: Callable[[str], None] = lambda _detail: None

    def detail(self, text: str) -> None:
        """Say what is being done."""
        self.on_detail(text)


def run(arguments: argparse.Namespace, options: Options, screen: Screen) -> None:
    """Do one command."""
    name = arguments.command
    if name == "run":
        _run(options, screen, seeded=not arguments.no_seed, order=not (arguments.no_order or arguments.no_seed))
    elif name == "deploy":
        _deploy(options, commands.endpoint(options, start=False), screen)
    elif name == "seed":
        _seed(options, _running(options), screen)
    elif name == "redrive":
        screen.out.print(escape(demo.redrive(_running(options), arguments.order)))
    elif name == "logs":
        _logs(arguments, options.workspace, screen)
    elif name == "mail":
        mailbox.show(_running(options)["endpoint_url"], arguments.to or "")
    elif name == "status":
        _status(options.workspace, screen)
    elif name == "stop":
        screen.out.print("stopped" if engine.stop(options.workspace) else "not running")
    else:
        commands.clean(options.workspace)
        screen.out.print("removed the local stack's data")


def _running(options: Options) -> stackfile.Description:
    commands.endpoint(options, start=False)
    description = stackfile.read(options.workspace)
    if description is None:
        raise LocalStackError("Nothing has been deployed yet.", advice="Run `make run`.")
    return description


def _run(options: Options, screen: Screen, *, seeded: bool, order: bool) -> None:
    with screen.step("engine") as step:
        step.detail("starting")
        url = commands.endpoint(options)
        step.result = url
    description = _deploy(options, url, screen)
    if seeded:
        _seed(options, description, screen)
    if order:
        demo.place_and_follow(description, options.workspace, screen.out)
    if seeded:
        demo.print_summary(description, options.workspace, screen.out)


def _deploy(options: Options, url: str, screen: Screen) -> stackfile.Description:
    with screen.step("deploy") as step:
        doing = ["packing"]

        def report(text: str) -> None:
            doing[0] = text
            step.detail(text)

        deployed, description = commands.deploy_stack(
            options, url, report, lambda count: step.detail(f"{doing[0]}: {count} resources")
        )
        step.result = "done" if deployed.changed else "nothing has changed"
    return description


def _seed(options: Options, description: stackfile.Description, screen: Screen) -> None:
    with screen.step("seed") as step:
        step.result = seed(description, options.workspace, step.detail)
        stackfile.write(options.workspace, description)


def _status(workspace: Workspace, screen: Screen) -> None:
    running, description = engine.find(workspace), stackfile.read(workspace)
    if running is None:
        screen.out.print("The local stack is not running. Start it with `make run`.")
        return
    facts: dict[str, Any] = {"engine": running.url, "process": running.pid, "logs": workspace.logs}
    if description:
        facts |= {"api": description["api_url"], "health": _health(description), "described in": workspace.stack_file}
    for name, value in facts.items():
        screen.out.print(f"{name:<13}{escape(str(value))}")


def _health(description: stackfile.Description) -> str:
    try:
        answer = httpx.get(f"{description['api_url']}/health", timeout=30, trust_env=False)
    except httpx.HTTPError as error:
        return str(error)
    return f"{answer.status_code} {answer.text[:200]}"


def _logs(arguments: argparse.Namespace, workspace: Workspace, screen: Screen) -> None:
    wanted = arguments.wanted or arguments.id
    reader = Reader(workspace.logs, arguments.function, wanted)
    found = list(reader.existing(arguments.lines))
    width = max((len(entry.function) for entry in found), default=0)
    for entry in found:
        _show(entry, screen, width, wanted, raw=arguments.raw)
    if not found and wanted and not arguments.follow:
        raise LocalStackError(f"No line in {workspace.logs} names {wanted}.", advice="Lines take a moment to appear.")
    if arguments.follow:
        for entry in reader.follow():
            _show(entry, screen, width, wanted, raw=arguments.raw)


def _show(entry: Entry, screen: Screen, width: int, wanted: str | None, *, raw: bool) -> None:
    """As it was written, for other programs; or as a person reads it, errors in red."""
    if raw:
        screen.out.print(entry.text, markup=False)
        return
    failed = '"level":"ERROR"' in entry.text or "[ERROR]" in entry.text
    screen.out.print(escape(entry.readable(width, without=wanted)), style="red" if failed else "")
