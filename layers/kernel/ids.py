"""Identifiers: a prefix that says what it names, and a ULID, so that ids sort by the time they were made."""

import re

from ulid import ULID

ORDER = "ord"
USER = "usr"
EVENT = "evt"
PAYMENT = "pay"
SHIPMENT = "shp"
NOTIFICATION = "ntf"
API_KEY = "key"

_FORM = re.compile(r"([a-z]{2,8})_([0-9A-HJKMNP-TV-Z]{26})")


def new_id(prefix: str) -> str:
    """A new id such as `ord_01JD7Z8Q0R9V4M2T6X8Y0A1B2C`."""
    return f"{prefix}_{ULID()}"


def derived_id(prefix: str, source: str) -> str:
    """The id of the one thing that belongs to `source`: `pay_…` of `ord_…`. Same input, same id."""
    return f"{prefix}_{source.partition('_')[2]}"


def is_id(prefix: str, text: str) -> bool:
    """Whether `text` has the form of an id with this prefix; says nothing of its existence."""
    match = _FORM.fullmatch(text)
    return match is not None and match[1] == prefix
