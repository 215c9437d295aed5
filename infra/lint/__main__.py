"""`python -m infra.lint [TEMPLATE ...]`: cfn-lint with the house rules, by default on every template of the project."""

from __future__ import annotations

import sys
from pathlib import Path

from cfnlint.runner import main

from infra.templates import ROOT


def templates() -> list[str]:
    """The root template and all that it nests."""
    return [str(path) for path in (ROOT / "template.yaml", *sorted((ROOT / "infra").glob("*.yaml")))]


if __name__ == "__main__":
    sys.argv[1:] = ["--append-rules", str(Path(__file__).parent), "--", *(sys.argv[1:] or templates())]
    main()
