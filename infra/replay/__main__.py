"""Command line of the replay: progress while it works, a table and .local/replay.json at the end."""

import argparse
import asyncio
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from infra.replay import invoices, plan
from infra.replay.api import Api, ApiError
from infra.replay.runner import Replay, report

ROOT = Path(__file__).resolve().parents[2]
_WORKERS = 8


def main(arguments: list[str] | None = None) -> int:
    """Replay a file; returns 0 when everything balances, 1 when not, 2 when it cannot be done."""
    options = _options(arguments)
    console = Console()
    try:
        stack = json.loads(options.stack.read_text())
        planned = plan.build(_first(invoices.read(options.file), options.first))
        result = asyncio.run(_replay(stack, planned, _key(options), options.workers, console))
    except FileNotFoundError:
        console.print(f"[red]{options.stack} is not there: start the stack with `make run`.[/]")
        return 2
    except (invoices.UnreadableFile, ApiError) as error:
        console.print(f"[red]{error}[/]", highlight=False)
        return 2
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(result, indent=2) + "\n")
    _show(console, result, options.out)
    return 1 if result["mismatches"] else 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make replay", description=__doc__)
    parser.add_argument("file", type=Path, help="a CSV file in the UCI Online Retail format")
    parser.add_argument("--stack", type=Path, default=ROOT / ".local" / "stack.json", help="the stack to replay into")
    parser.add_argument("--out", type=Path, default=ROOT / ".local" / "replay.json", help="where the report goes")
    parser.add_argument("--workers", type=int, default=_WORKERS, help="requests and orders under way at once")
    parser.add_argument("--first", type=int, help="only the first so many invoices")
    return parser.parse_args(arguments)


def _first(read: list[invoices.Invoice], count: int | None) -> list[invoices.Invoice]:
    return read if count is None else read[:count]


def _key(options: argparse.Namespace) -> str:
    """Names the import: the same file again repeats the same idempotency keys and changes nothing."""
    digest = hashlib.sha256(options.file.read_bytes())
    digest.update(str(options.first).encode())
    return digest.hexdigest()[:12]


async def _replay(
    stack: dict[str, Any], planned: plan.Plan, key: str, workers: int, console: Console
) -> dict[str, Any]:
    bars = Progress(
        TextColumn("{task.description:<14}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), console=console
    )
    totals = {
        "products": len(planned.products),
        "stock": len(planned.stock),
        "orders": len(planned.orders),
        "corrections": len(planned.corrections),
        "stock checked": len(planned.stock),
    }
    tasks = {name: bars.add_task(name, total=total) for name, total in totals.items()}
    key_and_staff = (stack["api_keys"]["internal"], stack["staff"])
    async with Api(stack["api_url"], *key_and_staff, connections=workers + 2) as api:
        with bars:
            replay = Replay(api, planned, key, workers, lambda name: bars.advance(tasks[name]))
            return report(planned, await replay.run())


def _show(console: Console, result: dict[str, Any], out: Path) -> None:
    table = Table(title="Replay", show_header=False)
    for name, value in result.items():
        if name in {"returns", "mismatches", "revenue"}:
            continue
        table.add_row(name.replace("_", " "), f"{value:,}")
    for name in ("expected", "captured"):
        table.add_row(f"revenue {name}", f"£{result['revenue'][name] / 100:,.2f}")
    table.add_row("mismatches", str(len(result["mismatches"])))
    console.print(table)
    for mismatch in result["mismatches"][:20]:
        console.print(f"[red]{mismatch}[/]", highlight=False)
    verdict = "[red]It does not balance.[/]" if result["mismatches"] else "[green]It balances to the penny.[/]"
    console.print(f"{verdict} The report is in {out}.")


if __name__ == "__main__":
    sys.exit(main())
