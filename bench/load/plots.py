"""The plots of docs/performance.md, as SVG that is the same for the same figures. Runs in the environment `load`."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("svg")

from matplotlib import pyplot as plt

mpl.rcParams["svg.hashsalt"] = "agora"
mpl.rcParams["axes.spines.top"] = mpl.rcParams["axes.spines.right"] = False

Line = tuple[str, Sequence[float]]


def draw(path: Path, title: str, unit: str, shoppers: Sequence[int], lines: Sequence[Line]) -> None:
    """One plot: a line each, over the number of shoppers."""
    figure, axes = plt.subplots(figsize=(7, 3.5), layout="constrained")
    for label, values in lines:
        axes.plot(shoppers, values, marker="o", label=label)
    axes.set(title=title, xlabel="shoppers at once", ylabel=unit, xticks=shoppers)
    axes.set_ylim(bottom=0)
    axes.grid(axis="y", alpha=0.3)
    if len(lines) > 1:
        axes.legend(frameon=False)
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def main(found: dict[str, Any], directory: Path) -> None:
    """Draw everything."""
    directory.mkdir(parents=True, exist_ok=True)
    steps = found["steps"]
    shoppers = [step["shoppers"] for step in steps]

    def of(name: str) -> list[float]:
        return [step[name] for step in steps]

    requests, orders = ("all requests", of("requests_per_second")), ("orders", of("orders_per_second"))
    draw(directory / "throughput.svg", "Throughput of the local stack", "a second", shoppers, [requests, orders])
    times: list[Line] = [
        (f"{route} {name}", [step["routes"].get(route, {}).get(f"{name}_ms", 0.0) for step in steps])
        for route in ("GET /products/{sku}", "POST /orders")
        for name in ("p50", "p95")
    ]
    draw(directory / "latency.svg", "Latency on one machine for everything", "ms", shoppers, times)
    draw(directory / "memory.svg", "Memory of engine and functions", "MB", shoppers, [("memory", of("memory_mb"))])


if __name__ == "__main__":
    main(json.load(sys.stdin), Path(sys.argv[1]))
