"""What the figures of the README come from: `make bench`."""

import sys

from infra.templates import ROOT

if str(ROOT / "layers") not in sys.path:
    sys.path.insert(0, str(ROOT / "layers"))  # what the functions import: on Lambda it is /opt/python
