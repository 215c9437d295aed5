"""Writes the public API from the route declarations: infra/api.yaml for API Gateway, docs/openapi.json for clients."""

import sys

from infra.templates import ROOT

if str(ROOT / "layers") not in sys.path:
    sys.path.insert(0, str(ROOT / "layers"))  # what the functions import: on Lambda it is /opt/python
