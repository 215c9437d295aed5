"""`python -m infra.fuzz` has schemathesis send a stack of its own what the clients' document allows, and what not.

It fails on a 5xx and on any answer that the document does not announce: status, content type, headers, body.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from infra.local.stack import local_stack
from infra.setup import environments
from infra.templates import ROOT

DOCUMENT = ROOT / "docs" / "openapi.json"
CONFIG = Path(__file__).parent / "schemathesis.toml"
SECONDS, EXAMPLES = 300, 100
GRACE_SECONDS = 120
REQUEST_SECONDS = 30


def access_token(stack: Mapping[str, Any]) -> str:
    """A token of the stack's administrator."""
    account = {name: stack["admin"][name] for name in ("email", "password")}
    key = {"x-api-key": stack["api_keys"]["internal"]}
    answer = httpx.post(f"{stack['api_url']}/auth/login", json=account, headers=key, timeout=REQUEST_SECONDS)
    token: str = answer.raise_for_status().json()["access_token"]
    return token


def fuzz(stack: Mapping[str, Any], *, seconds: int = SECONDS, examples: int = EXAMPLES, seed: int | None = None) -> int:
    """Run schemathesis against a running stack; its exit code, 0 when it found nothing."""
    python = environments.ensure("fuzz")
    command = [str(python.parent / "schemathesis"), "--config-file", str(CONFIG), "run", str(DOCUMENT)]
    command += ["--url", stack["api_url"], "--phases", "examples,coverage,fuzzing", "--suppress-health-check", "all"]
    command += ["--max-examples", str(examples), "--max-time", str(seconds), "--continue-on-failure"]
    command += ["--seed", str(seed)] if seed is not None else []
    secrets = {"AGORA_API_KEY": stack["api_keys"]["internal"], "AGORA_TOKEN": access_token(stack)}
    with tempfile.TemporaryDirectory() as scratch:  # where it keeps what it found
        environment = {**os.environ, **secrets}
        limit = seconds + GRACE_SECONDS
        return subprocess.run(command, cwd=scratch, env=environment, timeout=limit, check=False).returncode


def main(arguments: list[str] | None = None) -> int:
    """Fuzz the stack that `--stack` describes, or one of our own."""
    parser = argparse.ArgumentParser(prog="python -m infra.fuzz")
    parser.add_argument("--seconds", type=int, default=SECONDS, help="how long to look")
    parser.add_argument("--examples", type=int, default=EXAMPLES, help="most requests of each kind for one route")
    parser.add_argument("--seed", type=int, help="repeat a run")
    parser.add_argument("--stack", type=Path, help="the stack.json of a running stack")
    options = parser.parse_args(arguments)
    limits = {"seconds": options.seconds, "examples": options.examples, "seed": options.seed}
    if options.stack:
        return fuzz(json.loads(options.stack.read_text(encoding="utf-8")), **limits)
    with tempfile.TemporaryDirectory() as directory, local_stack(Path(directory)) as stack:
        return fuzz(stack.description, **limits)


if __name__ == "__main__":
    sys.exit(main())
