"""E-mail through Amazon SES."""

from botocore.exceptions import BotoCoreError, ClientError

from kernel import aws
from kernel.errors import TransientError
from kernel.mail import MailRefused, Message

_REFUSALS = frozenset(
    {"MessageRejected", "BadRequestException", "MailFromDomainNotVerifiedException", "AccountSuspendedException"}
)


class SesMailer:
    """Sends e-mail. `sender` is an address of an identity that SES has verified."""

    def __init__(self, sender: str) -> None:
        self._sender = sender

    def send(self, message: Message) -> str:
        """Hand the message over and return SES's id for it."""
        try:
            answer = aws.client("sesv2").send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [message.to]},
                Content={
                    "Simple": {
                        "Subject": _utf8(message.subject),
                        "Body": {"Text": _utf8(message.text), "Html": _utf8(message.html)},
                    }
                },
            )
        except ClientError as error:
            code = error.response["Error"]["Code"]
            kind = MailRefused if code in _REFUSALS else TransientError
            raise kind(f"SES answered {code}") from None  # its text may hold the recipient's address
        except BotoCoreError as error:
            raise TransientError(f"SES gave no answer: {error}") from error
        return str(answer["MessageId"])


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}
