"""Keeps personal data and secrets out of logs: the last thing that happens to a line, whoever wrote it.

Code should not log such things in the first place. But an exception's text may quote a request, and a library may quote
anything: so every line is masked, by the names of fields and by the look of values.
"""

import re

MASK = "***"

_SECRETS = "password|current_password|new_password|password_hash|token|access_token|refresh_token|task_token|token_hash"
_CREDENTIALS = "authorization|cookie|x-api-key|api_key|secret|secret_string|signature|card|card_number|cvc|cvv|iban"
_PERSONAL = "email|recipient|name|phone|line1|line2|city|postcode|shipping_address|address"
_FIELD = re.compile(
    # A field of JSON or of a Python repr, also inside a text that is JSON again: quotes may be escaped.
    rf"""(?P<quote>\\*["'])(?P<name>{_SECRETS}|{_CREDENTIALS}|{_PERSONAL})(?P=quote)\s*:\s*"""
    rf"""(?P<open>\\*["'])(?P<value>(?:(?!(?P=open)).)*)(?P=open)""",
    re.IGNORECASE | re.DOTALL,
)
_VALUES = re.compile(
    r"(?P<jwt>\beyJ[\w-]{5,}\.[\w-]+\.[\w-]*)"
    r"|(?P<refresh>\busr_[0-9A-Z]{26}\.ses_[0-9A-Z]{26}\.[\w-]+)"
    r"|(?P<bearer>\bBearer\s+[\w.~+/=-]+)"
    r"|(?P<key>\b(?:free|partner|internal)_[\w-]{12,})"
    r"|(?P<mail>(?:[\w.!#$%&'*+/=?^`{|}~-]|\\u[0-9a-f]{4})+@(?:(?:[\w-]|\\u[0-9a-f]{4})+\.)+[\w-]{2,})"
    r"|(?<![\w.-])(?P<card>\d(?:[ -]?\d){12,18})(?![\w.-])",
    re.IGNORECASE,
)
_MAYBE = re.compile(rf"{_SECRETS}|{_CREDENTIALS}|{_PERSONAL}", re.IGNORECASE)


def masked(text: str) -> str:
    """`text` with secrets, e-mail addresses and card numbers replaced by `***`; the names of fields stay."""
    if _MAYBE.search(text):
        text = _FIELD.sub(
            lambda found: f"{found[0][: found.start('value') - found.start()]}{MASK}{found['open']}", text
        )
    return _VALUES.sub(_value, text)


def _value(found: re.Match[str]) -> str:
    card = found["card"]
    return found[0] if card and not _passes_luhn(card) else MASK


def _passes_luhn(number: str) -> bool:
    """Whether the digits end in the check digit that card numbers have: other long numbers are left readable."""
    digits = [int(digit) for digit in number if digit.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
