"""What a deployment serves of its documentation: the API's description, a viewer, a page for each kind of problem."""

import html
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from system.errors import PageNotFound

VIEWER_FILES = {"swagger-ui.css": "text/css", "swagger-ui-bundle.js": "text/javascript"}
"""The files of the viewer that its page needs, and their media types."""

CONTENT_SECURITY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""A page may load what comes from its own origin and nothing else; the viewer sets styles of its own."""

_START = """\
"use strict";
SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#api",
  deepLinking: true,
  displayRequestDuration: true,
  persistAuthorization: false,
  tryItOutEnabled: true,
  validatorUrl: null,
});
"""

_VIEWER = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Agora API</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="docs/assets/swagger-ui.css">
</head>
<body>
<div id="api"></div>
<script src="docs/assets/swagger-ui-bundle.js"></script>
<script src="docs/assets/start.js"></script>
</body>
</html>
"""

_PROBLEM = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} - Agora</title>
<link rel="icon" href="data:,">
<style>
body {{ max-width: 46rem; margin: 3rem auto; padding: 0 1rem; font: 1rem/1.6 system-ui, sans-serif; color: #1f2933; }}
pre {{ background: #f3f5f7; padding: 1rem; overflow-x: auto; border-radius: 6px; }}
code {{ background: #f3f5f7; padding: 0.1em 0.3em; border-radius: 4px; }}
pre code {{ padding: 0; }}
.status {{ color: #b42318; }}
</style>
</head>
<body>
<p><a href="../../docs">Agora API</a></p>
<h1><span class="status">{status}</span> {title}</h1>
<p>{meaning}</p>
<h2>What to do</h2>
<p>{advice}</p>
<h2>Example</h2>
<pre><code>{example}</code></pre>
<h2>Who answers it</h2>
<p>{routes}</p>
</body>
</html>
"""


@dataclass(frozen=True, slots=True)
class Documentation:
    """Reads `documents` (openapi.json, problems.json) and the viewer's files from where the layer has them."""

    documents: Path
    viewer: Path

    @lru_cache(maxsize=4)  # noqa: B019 - one object a process
    def description(self, base_url: str) -> str:
        """The OpenAPI document, with this deployment as its first server."""
        document: dict[str, Any] = json.loads((self.documents / "openapi.json").read_text(encoding="utf-8"))
        document["servers"] = [{"url": base_url or "/", "description": "This deployment"}, *document["servers"]]
        return json.dumps(document, separators=(",", ":"), ensure_ascii=False)

    def page(self) -> str:
        """The viewer's page."""
        return _VIEWER

    @lru_cache(maxsize=4)  # noqa: B019 - one object a process
    def asset(self, name: str) -> tuple[str, str]:
        """A file of the viewer's page and its media type. Raises `PageNotFound` for any other name."""
        if name == "start.js":
            return _START, "text/javascript"
        if name not in VIEWER_FILES:
            raise PageNotFound("the documentation has no such file")
        return (self.viewer / name).read_text(encoding="utf-8"), VIEWER_FILES[name]

    def problem(self, slug: str) -> str:
        """The page of one kind of problem. Raises `PageNotFound`."""
        kinds: dict[str, dict[str, Any]] = json.loads((self.documents / "problems.json").read_text(encoding="utf-8"))
        kind = kinds.get(slug)
        if kind is None:
            raise PageNotFound("there is no such kind of problem")
        routes = ", ".join(f"<code>{html.escape(route)}</code>" for route in kind["routes"])
        return _PROBLEM.format(
            title=html.escape(kind["title"]),
            status=kind["status"],
            meaning=_prose(kind["meaning"]),
            advice=_prose(kind["advice"]),
            example=html.escape(json.dumps(kind["example"], indent=2, ensure_ascii=False)),
            routes=routes or "The gateway, for any path.",
        )


def _prose(text: str) -> str:
    """Text with `code` in backticks as HTML."""
    parts = html.escape(text).split("`")
    return "".join(f"<code>{part}</code>" if index % 2 else part for index, part in enumerate(parts))
