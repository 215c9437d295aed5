"""Real orders through the public API balance to the penny."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from infra.local.stack import engine_python
from tests.e2e.client import Shop
from tests.support.functions import ROOT

pytestmark = pytest.mark.e2e

OWN = ROOT / "tests" / "fixtures" / "orders.csv"
PUBLISHED = Path(os.environ.get("AGORA_ORDERS_CSV", ROOT.parent / "shared/data/online_retail_2010-12-01_02.csv"))
ENGINE_PYTHON = engine_python()


def replay(shop: Shop, file: Path, directory: Path, *options: str) -> dict[str, Any]:
    stack, out = directory / "stack.json", directory / "replay.json"
    stack.write_text(json.dumps(shop.stack))
    command = [ENGINE_PYTHON, "-m", "infra.replay", str(file), "--stack", str(stack), "--out", str(out), *options]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    report: dict[str, Any] = json.loads(out.read_text())
    return report


def test_a_file_with_every_peculiarity_balances_and_a_second_run_changes_nothing(shop: Shop, tmp_path: Path) -> None:
    first = replay(shop, OWN, tmp_path)
    assert first["mismatches"] == []
    assert (first["orders_placed"], first["orders_captured"], first["guests"]) == (11, 11, 2)
    assert first["revenue"]["expected"] == first["revenue"]["captured"] > 0
    assert first["returns_pending"] == 3
    again = replay(shop, OWN, tmp_path)
    assert again["revenue"] == first["revenue"]
    assert again["mismatches"] == []


@pytest.mark.skipif(not PUBLISHED.exists(), reason="the published file is not here; AGORA_ORDERS_CSV names it")
def test_the_first_sixty_published_invoices_balance(shop: Shop, tmp_path: Path) -> None:
    report = replay(shop, PUBLISHED, tmp_path, "--first", "60")
    assert report["invoices"] == 60
    assert report["mismatches"] == []
    assert report["revenue"]["expected"] == report["revenue"]["captured"] > 0
