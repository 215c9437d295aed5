"""`python -m bench.load` runs the steps on a stack of its own, compares all books and writes the report."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.load import books, document
from bench.load.report import Step, summary
from bench.local_stack import memory_of
from infra.local.stack import local_stack
from infra.setup import environments
from infra.templates import ROOT
from tests.e2e.client import Shop

RESULT = ROOT / "bench" / "results" / "load.json"
STEPS = "1:20,2:20,4:20,8:20,16:20"
MOST_SECONDS, MOST_SHOPPERS = 900, 64
GRACE_SECONDS = 60
PRODUCTS, ON_HAND = 20, 100_000
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class Refused(Exception):
    """What was asked for is not what this tool is for."""


def checked(steps: Sequence[Step], api_url: str) -> None:
    """Raise `Refused` unless the run is bounded and stays on this machine."""
    if urlsplit(api_url).hostname not in LOOPBACK:
        raise Refused(f"{api_url} is not on this machine: load goes to the loopback only")
    if sum(step.seconds for step in steps) > MOST_SECONDS or any(step.shoppers > MOST_SHOPPERS for step in steps):
        raise Refused(f"at most {MOST_SECONDS} seconds in all, and {MOST_SHOPPERS} shoppers at once")


def run(stack: Mapping[str, Any], engine_pid: int, steps: Sequence[Step]) -> dict[str, Any]:
    """Drive a running stack, wait for its orders and compare its books; returns the report, raises `AssertionError`."""
    checked(steps, stack["api_url"])
    shop = Shop(stack)
    stocked = {shop.product(stock=ON_HAND, price=250 + 10 * number): ON_HAND for number in range(PRODUCTS)}
    with tempfile.TemporaryDirectory(prefix="agora-load-") as scratch:
        out = Path(scratch) / "requests.jsonl"
        memory = _drive(stack, engine_pid, steps, list(stocked), out)
        requests = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    found = {"cores": os.cpu_count(), **summary(requests, steps, memory)}
    running = books.RunningShop(shop, stocked)
    orders = [str(each["order_id"]) for each in requests if "order_id" in each]
    began = time.monotonic()
    found["ended"] = dict(sorted(books.settle(running, orders).items()))
    found["seconds_to_settle"] = round(time.monotonic() - began, 1)
    books.compare(running, stack, orders)
    return found


def _drive(
    stack: Mapping[str, Any], engine_pid: int, steps: Sequence[Step], skus: list[str], out: Path
) -> list[tuple[float, float]]:
    """Run locust to its end; the engine's memory meanwhile, once a second."""
    python = environments.ensure("load")
    told = {
        "AGORA_LOAD_API": str(stack["api_url"]),
        "AGORA_LOAD_KEY": str(stack["api_keys"]["internal"]),
        "AGORA_LOAD_SKUS": ",".join(skus),
        "AGORA_LOAD_STEPS": ",".join(f"{step.shoppers}:{step.seconds}" for step in steps),
        "AGORA_LOAD_OUT": str(out),
    }
    command = [str(python), "-m", "locust", "-f", str(Path(__file__).parent / "locustfile.py"), "--headless"]
    command += ["--only-summary", "--exit-code-on-error", "0", "--stop-timeout", "30"]
    began, samples = time.monotonic(), list[tuple[float, float]]()
    deadline = began + sum(step.seconds for step in steps) + GRACE_SECONDS
    with subprocess.Popen(command, env={**os.environ, **told}, cwd=out.parent, stdout=subprocess.DEVNULL) as locust:
        while locust.poll() is None:
            if time.monotonic() > deadline:
                locust.kill()
                raise TimeoutError("locust did not end in time")
            samples.append((time.monotonic() - began, memory_of(engine_pid)[0]))
            time.sleep(1)
    if locust.returncode:
        raise subprocess.CalledProcessError(locust.returncode, command)
    return samples


def main(arguments: list[str] | None = None) -> int:
    """Run, compare, write. 0 when all books agree, 1 when they do not, 2 for a run that is refused."""
    parser = argparse.ArgumentParser(prog="make load", description=__doc__)
    parser.add_argument("--steps", default=STEPS, help="shoppers:seconds, comma between")
    parser.add_argument("--out", type=Path, default=RESULT, help="where the figures go")
    parser.add_argument("--report", action="store_true", help="write the report again from the figures, without a run")
    options = parser.parse_args(arguments)
    if not options.report:
        try:
            with tempfile.TemporaryDirectory() as name, local_stack(Path(name)) as stack:
                found = run(stack.description, stack.pid, Step.parse(options.steps))
        except (Refused, ValueError) as error:
            print(error, file=sys.stderr)
            return 2
        except (AssertionError, books.NotSettled) as error:
            print(f"the books do not agree: {error!r}", file=sys.stderr)
            return 1
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
        print(document.table(found))
    if options.out == RESULT:
        document.write(json.loads(RESULT.read_text(encoding="utf-8")))
    return 0


if __name__ == "__main__":
    sys.exit(main())
