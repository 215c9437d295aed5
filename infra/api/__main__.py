"""`python -m infra.api generate` writes the documents; `check` fails with a diff when they are not up to date.

`check-breaking` compares the clients' document with the last release's; `release` makes it the last release's.
"""

from __future__ import annotations

import difflib
import sys
from pathlib import Path

from infra.api import discovery, limits, openapi, problem_pages, problems, released, template, writing
from infra.templates import ROOT


def documents() -> dict[Path, str]:
    """What belongs into each generated file."""
    endpoints = discovery.endpoints()
    return {
        ROOT / "infra" / "api.yaml": writing.to_yaml(template.template(endpoints)),
        ROOT / "docs" / "openapi.json": writing.to_json(openapi.document(endpoints)),
        ROOT / "docs" / "problems.json": writing.to_json(problem_pages.pages([each.route for each in endpoints])),
        ROOT / "docs" / "problems.md": problems.catalogue([endpoint.route for endpoint in endpoints]),
        ROOT / "docs" / "limits.md": limits.page(endpoints),
    }


def differences(wanted: dict[Path, str]) -> str:
    """A unified diff from the files as they are to what they should be; empty when they are up to date."""
    lines: list[str] = []
    for path, text in wanted.items():
        present = path.read_text(encoding="utf-8") if path.is_file() else ""
        name = str(path.relative_to(ROOT))
        lines += difflib.unified_diff(
            present.splitlines(keepends=True), text.splitlines(keepends=True), name, f"{name} (from the declarations)"
        )
    return "".join(lines)


def generate() -> int:
    """Write the files that are not up to date."""
    for path, text in documents().items():
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"wrote {path.relative_to(ROOT)}\n")
    return 0


def check() -> int:
    """0 when the files are up to date."""
    difference = differences(documents())
    if difference:
        sys.stderr.write(f"{difference}\nThe route declarations have changed: run `make generate`.\n")
    return 1 if difference else 0


def main(arguments: list[str]) -> int:
    """Run one command."""
    commands = {"generate": generate, "check": check, "check-breaking": released.check, "release": released.release}
    if len(arguments) != 1 or arguments[0] not in commands:
        sys.stderr.write(f"usage: python -m infra.api {'|'.join(commands)}\n")
        return 2
    try:
        return commands[arguments[0]]()
    except discovery.DiscoveryError as error:
        sys.stderr.write(f"{error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
