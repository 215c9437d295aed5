"""What one usual invocation of every function uses, from journeys that visit them all."""

import re
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from bench.counts.meter import Invocation, metered
from bench.counts.orders import Path
from infra.templates import ROOT
from tests.infra import project
from tests.infra.journeys import Traveller, furnished, journeys

_ROUTE = re.compile(r'"""([A-Z]+ /\S*):')


def measure() -> list[dict[str, Any]]:
    """A row a function, in the order of the templates; `route` is empty for what no client calls."""
    seen: dict[str, list[Invocation]] = {}
    for overrides, journey in journeys():
        with furnished(overrides) as opened, metered() as meter:
            journey(Traveller(opened))
        _keep_new(seen, meter.invocations)
    return [_row(function.name, function.folder, seen[function.name]) for _, function in project.functions()]


def _keep_new(seen: dict[str, list[Invocation]], invocations: Sequence[Invocation]) -> None:
    """The first journey is the everyday one: what it visits is not taken from the others, where things go wrong."""
    new: dict[str, list[Invocation]] = {}
    for each in invocations:
        if not each.failed and each.function not in seen:
            new.setdefault(each.function, []).append(each)
    seen |= new


def _row(name: str, folder: str, own: Sequence[Invocation]) -> dict[str, Any]:
    """Of the invocation in the middle, from the cheapest to the dearest."""
    usual = sorted(own, key=lambda each: (each.usage.dynamodb_calls, each.usage.write_units, each.usage.read_units))
    used = usual[len(usual) // 2].usage
    found = _ROUTE.match((ROOT / folder / "app.py").read_text())
    others = {call: count for call, count in sorted(used.calls.items()) if not call.startswith("dynamodb:")}
    return {"function": name, "route": found[1] if found else "", "other_calls": others, **asdict(Path.of(used, 0))}
