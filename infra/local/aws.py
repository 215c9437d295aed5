"""Clients for the engine's AWS APIs, with limits on time and retries."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

from infra.local.engine import REGION

ANYONE = "test"
"""The engine takes any credentials for its operator's."""
CONFIG = Config(
    connect_timeout=3, read_timeout=60, retries={"max_attempts": 4, "mode": "standard"}, s3={"addressing_style": "path"}
)


def client(service: str, endpoint_url: str) -> Any:
    """A client of `service` on the engine."""
    session = boto3.Session(ANYONE, ANYONE, region_name=REGION)
    return session.client(service, endpoint_url=endpoint_url, config=CONFIG)  # type: ignore[call-overload]
