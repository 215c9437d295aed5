"""What is Stripe's alone: what is sent, how its errors are understood, and that only its users load it."""

import subprocess
import sys

import pytest

from kernel.errors import ConfigurationError, TransientError
from kernel.ids import new_id
from kernel.money import Money
from payments.errors import ProviderRefused, ProviderTimeout
from payments.ports import ChargeStatus
from payments.stripe import StripeProvider
from tests.contract.payments.stripe_server import SECRET_KEY, StripeBooks
from tests.support.functions import ROOT
from tests.unit.payments.support import PRICE

pytestmark = pytest.mark.contract
ORDER_ID = new_id("ord")


@pytest.fixture
def provider(stripe_url: str) -> StripeProvider:
    return StripeProvider(lambda: SECRET_KEY, stripe_url)


def test_a_payment_intent_is_confirmed_with_manual_capture(provider: StripeProvider, books: StripeBooks) -> None:
    provider.authorise(ORDER_ID, PRICE, "pm_card_visa", f"{ORDER_ID}:authorise")
    sent = books.seen[0]
    assert (sent.method, sent.path) == ("POST", "/v1/payment_intents")
    assert sent.headers["idempotency-key"] == f"{ORDER_ID}:authorise"
    expected = {
        "amount": "1250",
        "currency": "gbp",
        "payment_method": "pm_card_visa",
        "confirm": "true",
        "capture_method": "manual",
        "transfer_group": ORDER_ID,
        "metadata[order_id]": ORDER_ID,
        "automatic_payment_methods[allow_redirects]": "never",
    }
    assert expected.items() <= sent.params.items()


@pytest.mark.parametrize(
    ("money", "sent"),
    [
        (Money(1250, "JPY"), "1250"),
        (Money(1250, "BHD"), "1250"),
        (Money(1250, "ISK"), "125000"),
        (Money(1250, "UGX"), "125000"),
    ],
)
def test_amounts_are_in_stripes_units(provider: StripeProvider, books: StripeBooks, money: Money, sent: str) -> None:
    charge = provider.authorise(ORDER_ID, money, "pm_card_visa", "a")
    assert books.seen[0].params["amount"] == sent
    assert charge.amount == money
    provider.capture(charge.reference, money, "c")
    refunded = provider.refund(charge.reference, money, "r")
    assert (refunded.amount, refunded.refunded) == (money, money.amount)


def test_a_decline_names_its_code(provider: StripeProvider) -> None:
    charge = provider.authorise(ORDER_ID, PRICE, "pm_card_declined", "a")
    assert (charge.status, charge.reason, charge.reference) == (ChargeStatus.DECLINED, "generic_decline", "pi_0")
    found = provider.find(ORDER_ID)
    assert found is not None
    assert (found.status, found.reason) == (ChargeStatus.DECLINED, "generic_decline")


def test_what_needs_the_customer_is_cancelled_at_stripe(provider: StripeProvider, books: StripeBooks) -> None:
    charge = provider.authorise(ORDER_ID, PRICE, "pm_card_requires_confirmation", "a")
    assert (charge.status, charge.reason) == (ChargeStatus.DECLINED, "requires_action")
    assert books.intents["pi_0"]["status"] == "canceled"


def test_of_two_charges_the_one_with_an_effect_is_found(provider: StripeProvider) -> None:
    """Stripe forgets a key after a day: the same step could then make a second PaymentIntent."""
    held = provider.authorise(ORDER_ID, PRICE, "pm_card_visa", "today")
    provider.authorise(ORDER_ID, PRICE, "pm_card_declined", "tomorrow")
    assert provider.find(ORDER_ID) == held


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, ProviderRefused),
        (403, ConfigurationError),
        (409, TransientError),
        (429, TransientError),
        (500, ProviderTimeout),
        (503, ProviderTimeout),
    ],
)
def test_each_kind_of_failure_means_what_it_says(
    provider: StripeProvider, books: StripeBooks, status: int, error: type[Exception]
) -> None:
    books.answer_with = status
    with pytest.raises(error):
        provider.find(ORDER_ID)
    with pytest.raises(error):
        provider.authorise(ORDER_ID, PRICE, "pm_card_visa", "a")
    assert len(books.seen) == 2  # no retries of the library's own


def test_a_key_used_for_something_else_is_refused(provider: StripeProvider) -> None:
    provider.authorise(ORDER_ID, PRICE, "pm_card_visa", "a")
    with pytest.raises(ProviderRefused, match="idempotency_key_reused"):
        provider.authorise(ORDER_ID, Money(1, "GBP"), "pm_card_visa", "a")


def test_a_slow_answer_is_a_timeout(stripe_url: str, books: StripeBooks) -> None:
    books.delay = 0.5
    impatient = StripeProvider(lambda: SECRET_KEY, stripe_url, timeout=0.1)
    with pytest.raises(ProviderTimeout):
        impatient.authorise(ORDER_ID, PRICE, "pm_card_visa", "a")


def test_a_server_that_is_not_there_is_a_timeout() -> None:
    nobody = StripeProvider(lambda: SECRET_KEY, "http://127.0.0.1:9", timeout=0.5)
    with pytest.raises(ProviderTimeout):
        nobody.find(ORDER_ID)


def test_a_wrong_key_is_a_fault_of_the_deployment_and_a_new_one_is_taken_up(stripe_url: str) -> None:
    keys = ["sk_test_old", f"{SECRET_KEY}\n"]
    provider = StripeProvider(lambda: keys[0], stripe_url)
    with pytest.raises(ConfigurationError) as caught:
        provider.find(ORDER_ID)
    assert "sk_test_old" not in str(caught.value)
    keys.pop(0)
    assert provider.find(ORDER_ID) is None


def test_the_library_is_loaded_only_where_stripe_is_chosen() -> None:
    probe = "import sys, payments.bootstrap; print('stripe' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", probe], cwd=ROOT / "layers", capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "False"
