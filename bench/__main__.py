"""`make bench`: measures, prints tables and writes .local/bench.json; what it counts, to bench/results and docs too."""

import argparse
import dataclasses
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench import cold_start, local_stack, shards, starts_page, warm
from bench.counts import report
from infra.build import layer

ROOT = Path(__file__).resolve().parents[1]
PARTS = ("layers", "starts", "warm", "counts", "shards", "stack")


def main() -> int:
    """Measure the chosen parts, all by default."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append", help="measure only this part (repeatable)")
    parser.add_argument("--runs", type=int, default=5, help="starts of each function; the median counts")
    options = parser.parse_args()
    console = Console()
    results: dict[str, Any] = {}
    for part in options.only or PARTS:
        with console.status(f"measuring {part} ..."):
            results[part] = _measure(part, options.runs)
        _show(console, part, results[part])
    out = ROOT / ".local" / "bench.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(results, indent=2) + "\n")
    console.print(f"All figures are in {out}.")
    return 0


def _measure(part: str, runs: int) -> list[dict[str, Any]]:
    with tempfile.TemporaryDirectory(prefix="agora-bench-") as name:
        directory = Path(name)
        match part:
            case "layers":
                return _layer_sizes(directory)
            case "starts":
                return _starts(cold_start.measure(directory, runs))
            case "warm":
                return starts_page.write_warm(warm.measure())
            case "counts":
                return report.write(report.measure())
            case "shards":
                return shards.measure()
            case _:
                return [_flat(dataclasses.asdict(local_stack.measure()))]


def _starts(starts: list[cold_start.Start]) -> list[dict[str, Any]]:
    """To show; and to commit, where instructions could be counted."""
    if all(start.million_instructions is not None for start in starts):
        starts_page.write(cold_start.result(starts))
    return [dataclasses.asdict(start) for start in starts]


def _layer_sizes(directory: Path) -> list[dict[str, Any]]:
    names = sorted(path.name for path in (ROOT / "layers").iterdir() if path.is_dir())
    sizes = []
    for name in names:
        made = layer.build(name, directory / name, layer.Target.host())
        total = sum(file.stat().st_size for file in made.rglob("*") if file.is_file())
        sizes.append({"layer": name, "unzipped_mb": total / 1e6})
    return sizes


def _flat(figures: dict[str, Any]) -> dict[str, Any]:
    report = figures.pop("replay")
    kept = ("orders_captured", "lines", "seconds", "orders_per_second")
    return {**figures, **{f"replay_{name}": report[name] for name in kept}, "mismatches": len(report["mismatches"])}


def _show(console: Console, part: str, rows: list[dict[str, Any]]) -> None:
    """A line a row, or, where there are more figures than rows, a line a figure."""
    lines = [list(rows[0]), *(list(row.values()) for row in rows)]
    if len(rows[0]) > len(rows):
        lines = [list(line) for line in zip(*lines, strict=True)]
    table = Table(*(_text(cell) for cell in lines[0]), title=part)
    for line in lines[1:]:
        table.add_row(*(_text(cell) for cell in line))
    console.print(table)


def _text(cell: Any) -> str:
    return f"{cell:,.2f}" if isinstance(cell, float) else str(cell).replace("_", " ")


if __name__ == "__main__":
    sys.exit(main())
