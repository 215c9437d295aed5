"""Runs every check over every state machine and prints what is wrong."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import yaml
from statelint.linter import Linter

from infra import templates
from infra.asl import deployment, rules
from infra.asl.machine import AliasFound, Machine

FOLDER = templates.ROOT / "stepfunctions"


def faults(machine: Machine) -> Iterator[str]:
    """What is wrong with a machine in itself: the language first, then the house rules."""
    wrong = [str(problem).removeprefix("State Machine.") for problem in Linter.validate(machine.definition)]
    yield from wrong
    if not wrong:  # a house rule on a broken graph says little
        for rule in rules.RULES:
            yield from rule(machine)


def faults_of_file(path: Path, contexts: Sequence[templates.Template]) -> list[str]:
    """Everything that is wrong with one file, in itself and with the templates that deploy it."""
    try:
        machine = Machine.load(path)
    except AliasFound as error:
        return [f"{error}: a YAML alias, which CloudFormation does not resolve in a state machine"]
    except yaml.YAMLError as error:
        return [f"it is not YAML: {error}"]
    return [*faults(machine), *deployment.faults(machine, contexts)]


def main(paths: Sequence[Path] = ()) -> int:
    """Check these files, or all; 1 when something is wrong."""
    found = list(paths) or sorted(FOLDER.glob("*.asl.yaml"))
    contexts = templates.contexts()
    failed = False
    for path in found:
        wrong = faults_of_file(path, contexts)
        failed = failed or bool(wrong)
        sys.stdout.writelines(f"{path.name}: {fault}\n" for fault in wrong)
    if not failed:
        sys.stdout.write(f"{len(found)} state machine(s): language and house rules hold\n")
    return int(failed)
