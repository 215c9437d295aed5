"""What becomes of SES's answers."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.stub import Stubber

from kernel import aws
from kernel.errors import TransientError
from kernel.mail import MailRefused, Message
from kernel.ses import SesMailer

MESSAGE = Message("ada@example.com", "Your order", "Total: £12.50", "<p>Total: £12.50</p>")
MAILER = SesMailer("orders@agora.example")


@pytest.fixture
def ses() -> Iterator[Stubber]:
    aws.reset()
    with Stubber(aws.client("sesv2")) as stubber:
        yield stubber
    aws.reset()


def test_the_message_goes_out_as_utf_8_with_both_bodies(ses: Stubber) -> None:
    def utf8(text: str) -> dict[str, str]:
        return {"Data": text, "Charset": "UTF-8"}

    expected: dict[str, Any] = {
        "FromEmailAddress": "orders@agora.example",
        "Destination": {"ToAddresses": ["ada@example.com"]},
        "Content": {
            "Simple": {
                "Subject": utf8(MESSAGE.subject),
                "Body": {"Text": utf8(MESSAGE.text), "Html": utf8(MESSAGE.html)},
            }
        },
    }
    ses.add_response("send_email", {"MessageId": "m-1"}, expected)
    assert MAILER.send(MESSAGE) == "m-1"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("MessageRejected", MailRefused),
        ("BadRequestException", MailRefused),
        ("AccountSuspendedException", MailRefused),
        ("TooManyRequestsException", TransientError),
        ("SendingPausedException", TransientError),
        ("InternalServiceError", TransientError),
    ],
)
def test_a_refusal_is_told_from_trouble_and_names_nobody(ses: Stubber, code: str, kind: type[Exception]) -> None:
    for _ in range(3):  # the client repeats what may pass
        ses.add_client_error("send_email", code, "ada@example.com is not verified")
    with pytest.raises(kind) as raised:
        MAILER.send(MESSAGE)
    assert "ada" not in str(raised.value)


def test_no_answer_is_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    aws.reset()
    with pytest.raises(TransientError):
        MAILER.send(MESSAGE)
    aws.reset()
