"""`python -m infra.local <command>`: the local stack's command line."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from infra.local import console
from infra.local.commands import Options
from infra.local.deploy import STACK
from infra.local.failure import LocalStackError
from infra.local.workspace import Workspace, default_workspace

COMMANDS = {
    "run": "start the engine, deploy, seed, place one order and leave the stack up",
    "stop": "stop the engine, which keeps its data",
    "status": "say what runs, and where",
    "deploy": "bring a running stack in line with the code",
    "seed": "add the users, products and stock that are missing",
    "redrive": "run the compensations of a parked order again",
    "logs": "show the functions' logs",
    "mail": "show the mails that the engine took instead of sending",
    "clean": "stop the engine and remove its data",
}


def parser() -> argparse.ArgumentParser:
    """The command line's grammar."""
    result = argparse.ArgumentParser(prog="python -m infra.local", description="The local stack.")
    commands = result.add_subparsers(dest="command", required=True)
    for name, text in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--directory", type=Path, help="where the stack keeps its data (default: .local)")
        command.add_argument("--plain", action="store_true", help="no colours and no moving output")
        if name in {"run", "deploy"}:
            _stack_options(command)
        if name == "redrive":
            command.add_argument("order", help="the order's id")
        if name == "mail":
            command.add_argument("--to", help="only mails with this address")
        if name == "logs":
            command.add_argument("id", nargs="?", help="only lines with this request, correlation or order id")
            command.add_argument("--id", dest="wanted", help="the same")
            command.add_argument("--function", help="only functions with this in their names")
            command.add_argument("--lines", type=int, default=20, help="lines of each log to begin with")
            command.add_argument("--follow", action="store_true", help="keep showing what is written")
            command.add_argument("--raw", action="store_true", help="lines as they were written, for other programs")
    return result


def _stack_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--engine", choices=("ministack", "localstack"), default=os.environ.get("ENGINE") or "ministack"
    )
    command.add_argument("--endpoint-url", help="where LocalStack listens (default: AGORA_ENDPOINT_URL)")
    command.add_argument("--port", type=int, help="port of the engine; 0 for any (default: 4566 if it is free)")
    command.add_argument(
        "--auth",
        action="store_true",
        default=os.environ.get("AUTH", "").lower() == "true",
        help="let the engine enforce the functions' IAM policies",
    )
    command.add_argument("--no-order", action="store_true", help="do not place an order at the end of `run`")
    command.add_argument("--no-seed", action="store_true", help="deploy alone: no users, products or orders")
    command.add_argument("--template", type=Path, help="another root template")
    command.add_argument("--stack", default=STACK, help="name of the CloudFormation stack")
    command.add_argument("--parameter", action="append", default=[], metavar="KEY=VALUE", help="template parameter")


def options_of(arguments: argparse.Namespace) -> Options:
    """The stack that the arguments speak of."""
    workspace = Workspace(arguments.directory.resolve()) if arguments.directory else default_workspace()
    if arguments.command not in {"run", "deploy"}:
        return Options(workspace)
    template = arguments.template.resolve() if arguments.template else None
    parameters = dict(entry.split("=", 1) for entry in arguments.parameter)
    return Options(
        workspace,
        kind=arguments.engine,
        endpoint_url=arguments.endpoint_url,
        port=arguments.port,
        enforce_iam=arguments.auth,
        template=template,
        stack=arguments.stack,
        parameters=parameters,
    )


def main() -> int:
    """Run one command."""
    arguments = parser().parse_args()
    screen = console.Screen(plain=arguments.plain)
    try:
        console.run(arguments, options_of(arguments), screen)
    except LocalStackError as error:
        screen.failure(error)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
