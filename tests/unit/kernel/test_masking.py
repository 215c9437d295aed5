"""No line of a log holds a secret or a person's data, wherever it stood."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kernel import telemetry
from kernel.masking import masked

JWT = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJ1c3JfMSJ9.c2lnbmF0dXJl"
REFRESH = "usr_01JD7Z8Q0R9V4M2T6X8Y0A1B2C.ses_01JD7Z8Q0R9V4M2T6X8Y0A1B2D.Zm9vYmFy_-x"
SECRETS = (
    JWT,
    REFRESH,
    f"Bearer {JWT}",
    "ada.lovelace+shop@mail.example.co.uk",
    "4242 4242 4242 4242",
    "4242424242424242",
    "5555-5555-5555-4444",
    "partner_9f8e7d6c5b4a39281706",
)
HARMLESS = (
    "ord_01JD7Z8Q0R9V4M2T6X8Y0A1B2C",
    "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "11111111-1111-4111-8111-111111111111",
    "2026-11-26T21:09:28.336Z",
    "1764191368336",
    "pm_card_visa",
    "POST /orders/{order_id}/pay",
)


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("around", ["{}", "the call {} failed", '{{"detail":"{}"}}', "x: {}; y", "({})"])
def test_values_that_look_like_secrets_are_masked(secret: str, around: str) -> None:
    assert masked(around.format(secret)) == around.format("***")


@pytest.mark.parametrize("text", HARMLESS)
def test_what_finds_a_request_stays(text: str) -> None:
    assert masked(f"about {text}.") == f"about {text}."
    assert masked({"order_id": text}) == {"order_id": text}


@pytest.mark.parametrize("field", ["password", "Authorization", "refresh_token", "email", "line1", "postcode", "name"])
def test_fields_are_masked_by_their_names(field: str) -> None:
    value = "hunter 2, (x) and 'more'"
    assert masked({"a": [{field: value, "left": "alone"}]}) == {"a": [{field: "***", "left": "alone"}]}
    assert masked(json.dumps({field: value, "left": "alone"})) == json.dumps({field: "***", "left": "alone"})
    assert value not in masked(repr({field: value}))


@given(st.text(min_size=3).filter(lambda text: text.strip("*") != ""), st.integers(0, 3))
@example('quote " and \\ backslash', 2)
def test_a_password_never_shows_however_deep_it_is_quoted(password: str, depth: int) -> None:
    secret = f"S3CR3T{password}"
    line = json.dumps({"password": secret})
    for _ in range(depth):
        line = json.dumps({"message": line})
    assert "S3CR3T" not in masked(line)


@given(
    st.recursive(
        st.none() | st.integers() | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)
    )
)
def test_what_is_masked_keeps_its_shape(value: object) -> None:
    shape = json.loads(json.dumps(masked({"message": value, "password": "x"})))
    assert (set(shape), shape["password"]) == ({"message", "password"}, "***")
    assert isinstance(shape["message"], type(value))


def _broken() -> None:
    raise RuntimeError(f"refused {JWT} of ada@example.com")


def test_exceptions_and_extras_are_masked_too(caplog: pytest.LogCaptureFixture) -> None:
    log = telemetry.logger()
    try:
        _broken()
    except RuntimeError:
        log.exception("it failed", body={"password": "hunter2", "lines": [{"name": "Ada"}]}, raw="\ud800\x00")
    (written,) = (log.registered_handler.format(record) for record in caplog.records)
    assert json.loads(written)["message"] == "it failed"
    for secret in (JWT, "ada@example.com", "hunter2", "Ada"):
        assert secret not in written
