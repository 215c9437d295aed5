"""Entity tags: the version of a mutable resource, asked for by `If-Match` before it is changed."""

import re

from kernel.errors import PreconditionFailed, PreconditionRequired

_VERSION = re.compile(r'"?([0-9]{1,18})"?')


def of_version(version: int) -> str:
    """The strong entity tag of a version, e.g. `"7"` with its quotes."""
    return f'"{version}"'


def required_version(if_match: str | None) -> int | None:
    """The version that `If-Match` asks for; None for `*`. Raises 428 without the header, 412 for a foreign tag."""
    if not if_match:
        raise PreconditionRequired("send If-Match with the ETag that you read")
    if if_match.strip() == "*":
        return None
    tag = _VERSION.fullmatch(if_match.strip())
    if tag is None:
        raise PreconditionFailed(f"{if_match[:100]} is not the current version")
    return int(tag[1])
