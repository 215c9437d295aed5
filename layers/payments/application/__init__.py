"""The use cases of payments. Each may be repeated at any time and gives the same outcome."""

from payments.application.authorise import AuthorisePayment
from payments.application.capture import CapturePayment
from payments.application.outcome import Outcome
from payments.application.read import ReadPayment
from payments.application.refund import RefundPayment
from payments.application.reverse import ReversePayment

__all__ = ["AuthorisePayment", "CapturePayment", "Outcome", "ReadPayment", "RefundPayment", "ReversePayment"]
