"""Keeps personal data and secrets out of logs: the last thing that happens to a line, whoever wrote it.

Code should not log such things in the first place. But an exception's text may quote a request, and a library may quote
anything: so every line is masked, by the names of fields and by the look of values.
"""

import re
from collections.abc import Mapping
from typing import Any

MASK = "***"

_SECRETS = "password|current_password|new_password|password_hash|token|access_token|refresh_token|task_token|token_hash"
_CREDENTIALS = "authorization|cookie|x-api-key|api_key|secret|secret_string|signature|card|card_number|cvc|cvv|iban"
_PERSONAL = "email|recipient|name|phone|line1|line2|city|postcode|shipping_address|address"
_NAMES = rf"{_SECRETS}|{_CREDENTIALS}|{_PERSONAL}"
_NAME = re.compile(_NAMES, re.IGNORECASE)
_FIELD = re.compile(
    # A field of JSON or of a Python repr inside a text, its quotes perhaps escaped. If in doubt it goes on.
    rf"""(?P<head>(?P<quote>\\*["'])(?:{_NAMES})(?P=quote)\s*:\s*(?P<open>\\*["']))"""
    r"""(?:.*?)(?P<close>(?<!\\)(?P=open)|\Z)""",
    re.IGNORECASE | re.DOTALL,
)
_MAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@(?:[\w-]+\.)+[\w-]{2,}")
_VALUES = re.compile(
    r"(?P<jwt>\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*)"
    r"|(?P<refresh>\busr_[0-9A-Z]{26}\.ses_[0-9A-Z]{26}\.[\w-]+)"
    r"|(?P<bearer>\bBearer\s+[\w.~+/=-]+)"
    r"|(?P<key>\b(?:free|partner|internal)_[\w-]{12,})"
    r"|(?<![\w.-])(?P<card>\d(?:[ -]?\d){12,18})(?![\w.-])",
    re.IGNORECASE,
)


def masked(value: Any) -> Any:
    """`value` as it may be logged: what JSON can say, with secrets and personal data replaced by `***`."""
    if isinstance(value, str):
        return masked_text(value)
    if isinstance(value, Mapping):
        return {name: _field(str(name), content) for name, content in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [masked(each) for each in value]
    return value if value is None or isinstance(value, bool | int | float) else masked_text(str(value))


def masked_text(text: str) -> str:
    """Free text: fields quoted in it are masked by their names, other things by their looks."""
    if '"' in text or "'" in text:
        text = _FIELD.sub(rf"\g<head>{MASK}\g<close>", text)
    if "@" in text:
        text = _MAIL.sub(MASK, text)
    return _VALUES.sub(_value, text)


def _field(name: str, content: Any) -> Any:
    return MASK if _NAME.fullmatch(name) and content not in (None, "") else masked(content)


def _value(found: re.Match[str]) -> str:
    card = found["card"]
    return found[0] if card and not _passes_luhn(card) else MASK


def _passes_luhn(number: str) -> bool:
    """Whether the digits end in the check digit that card numbers have: other long numbers are left readable."""
    digits = [int(digit) for digit in number if digit.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
