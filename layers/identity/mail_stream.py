"""The handler that a table's stream feeds with new requests, one after the other."""

from collections.abc import Mapping
from typing import Any

from identity.application.mail import SendMail
from identity.mail_request import REQUEST, MailRequest
from kernel import correlation, telemetry
from kernel.mail import MailRefused


class MailStream:
    """Lambda's entry point: a stream batch in, the first record that has to come again out."""

    def __init__(self, send: SendMail) -> None:
        self._send = send

    def __call__(self, event: Mapping[str, Any], context: object) -> dict[str, Any]:
        """Send the mail of each new request; one that the mail service refuses for good is logged and left."""
        for record in event["Records"]:
            image = record.get("dynamodb", {}).get("NewImage")
            if record.get("eventName") != "INSERT" or not image or image["sk"]["S"] != REQUEST:
                continue
            if not self._sent(image, context):
                return {"batchItemFailures": [{"itemIdentifier": record["dynamodb"]["SequenceNumber"]}]}
        return {"batchItemFailures": []}

    def _sent(self, image: Mapping[str, Any], context: object) -> bool:
        cause = {name: image[name]["S"] for name in ("correlation_id", "traceparent") if name in image}
        log = telemetry.start(correlation.bind(correlation.from_payload(cause, "")), context)
        request = MailRequest.from_image(image)
        try:
            sent = self._send(request)
        except MailRefused:
            log.exception("the mail was refused", request_id=request.request_id)
            return True
        except Exception:
            log.exception("the mail was not sent", request_id=request.request_id)
            return False
        log.info("mail sent", mail=sent, request_id=request.request_id)
        return True
