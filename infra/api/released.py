"""What clients were promised: the document of the last release, and the breaks accepted since, with their reasons.

The promise is a file of its own rather than a commit, so that a clone without history can be checked as well.
"""

from __future__ import annotations

import json
import sys

from infra.api import breaking
from infra.templates import ROOT

CURRENT = ROOT / "docs" / "openapi.json"
BASELINE = ROOT / "docs" / "openapi.released.json"
ACCEPTED = ROOT / "docs" / "openapi.accepted-breaks.json"


def check() -> int:
    """0 when every break since the last release is accepted with a reason, and nothing is accepted that is none."""
    old, new = (json.loads(path.read_text(encoding="utf-8")) for path in (BASELINE, CURRENT))
    accepted: dict[str, str] = json.loads(ACCEPTED.read_text(encoding="utf-8"))
    found = breaking.breaks(old, new)
    complaints = [f"breaks clients: {line}" for line in found if not accepted.get(line, "").strip()]
    complaints += [f"accepted, but is no break: {line}" for line in accepted if line not in found]
    for complaint in complaints:
        sys.stderr.write(f"{complaint}\n")
    if complaints:
        sys.stderr.write(f"Undo it, or give each break its reason in {ACCEPTED.name} (docs/versioning.md).\n")
    return 1 if complaints else 0


def release() -> int:
    """Promise the document as it is now; what was accepted until here is part of it."""
    BASELINE.write_text(CURRENT.read_text(encoding="utf-8"), encoding="utf-8")
    ACCEPTED.write_text("{}\n", encoding="utf-8")
    return 0
