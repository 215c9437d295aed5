"""Entity tags: `If-Match` asks for a version before a change, `If-None-Match` before a resource is sent again."""

import hashlib
import re

from kernel.errors import PreconditionFailed, PreconditionRequired

_VERSION = re.compile(r'"?([0-9]{1,18})(?:-[0-9a-z.]{1,64})?"?')
_TAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\xff]*")')


def of_version(version: int, *beside: int) -> str:
    """The strong entity tag of a version, e.g. `"7"` with its quotes.

    `beside` is what changes in the representation without being a new version for `If-Match`: `"7-12.3"`.
    """
    return f'"{version}-{".".join(map(str, beside))}"' if beside else f'"{version}"'


def of_content(text: str) -> str:
    """The weak entity tag of what has no version of its own, a list for example."""
    return f'W/"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'


def is_known(if_none_match: str, tag: str) -> bool:
    """Whether `If-None-Match` names the tag, compared weakly as RFC 9110 asks for reads."""
    if if_none_match.strip() == "*":
        return True
    opaque = tag.removeprefix("W/")
    return any(match[1] == opaque for match in _TAG.finditer(if_none_match))


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
