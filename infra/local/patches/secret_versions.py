"""A version of a secret is written once.

Stock 1.5.33 lets a second PutSecretValue with the same ClientRequestToken replace the version; AWS answers
ResourceExistsException when the value differs, which is what makes several cold starts agree on one signing key.
"""

# ruff: noqa: SLF001 - a cure reaches into what it cures
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from infra.local.patches import ministack

VALUES = ("SecretString", "SecretBinary")


def is_taken(secret: Mapping[str, Any] | None, data: Mapping[str, Any]) -> bool:
    """Whether the request names a version that exists with another value."""
    version = (secret or {}).get("Versions", {}).get(data.get("ClientRequestToken"))
    return version is not None and any(version.get(name) != data.get(name) for name in VALUES)


def apply() -> None:
    """Refuse the second value of a version."""
    secrets = ministack("services.secretsmanager")
    stock = secrets._put_secret_value

    def put_secret_value(data: Mapping[str, Any]) -> Any:
        _, secret = secrets._resolve(data.get("SecretId"))
        if is_taken(secret, data):
            message = "You tried to write another value to a version of the secret that already exists."
            return secrets.error_response_json("ResourceExistsException", message, 400)
        return stock(data)

    secrets._put_secret_value = put_secret_value
