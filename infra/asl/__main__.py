"""`python -m infra.asl`: check every state machine of the repository, or the files that are named."""

from __future__ import annotations

import sys
from pathlib import Path

from infra.asl import check

if __name__ == "__main__":
    sys.exit(check.main([Path(argument) for argument in sys.argv[1:]]))
