"""More buyers than units, all at once through the real saga: what is sold, what is left, and what losers are told."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from tests.support.saga_books import assert_agree
from tests.support.saga_events import Delivery
from tests.support.saga_world import Shop, shop

SKU, UNITS, BUYERS = "MUG-BLUE", 10, 30
METHODS = (
    "pm_card_visa",
    "pm_card_declined",
    "pm_card_timeout_after_charge",
    "pm_card_timeout_before_charge",
    "pm_card_capture_fails",
    None,  # never says how to pay, and its hold ends
)
FAILS = {
    "pm_card_declined": "payment_declined",
    "pm_card_timeout_before_charge": "payment_failed",
    "pm_card_capture_fails": "capture_failed",
    None: "payment_not_received",
}
TOLD = "not enough in stock: MUG-BLUE (1 wanted, 0 there)"


def rush(opened: Shop, methods: list[str | None]) -> dict[str, str | None]:
    """Everybody orders one at once; the orders with how they are paid."""
    with ThreadPoolExecutor(8) as pool:
        placed = list(pool.map(lambda method: opened.place([(SKU, 1)], payment_method=method), methods))
    for order_id in placed:
        opened.finish(order_id)
    return dict(zip(placed, methods, strict=True))


def outcomes(opened: Shop, orders: dict[str, str | None]) -> Counter[str]:
    """What became of the orders; each that was cancelled says why."""
    found: Counter[str] = Counter()
    for order_id, method in orders.items():
        order = opened.order(order_id)
        if order["status"] == "FULFILLING":
            assert method not in FAILS
            found["sold"] += 1
            continue
        assert order["status"] == "CANCELLED"
        reason = order["cancellation"]["reason"]
        assert reason in {"out_of_stock", FAILS.get(method)}
        if reason == "out_of_stock":
            assert order["cancellation"]["detail"] == TOLD
        found[reason] += 1
    return found


def mails() -> list[str]:
    return [str(mail.body) for mail in ses_backends[DEFAULT_ACCOUNT_ID]["eu-west-2"].sent_messages]


def test_a_rush_sells_what_there_is_and_every_loser_is_told() -> None:
    with shop(timeouts={"AwaitPayment": 2}) as opened:
        delivery = Delivery(opened)
        orders = rush(opened, [METHODS[buyer % len(METHODS)] for buyer in range(BUYERS)])
        seen = outcomes(opened, orders)
        assert seen["sold"] <= UNITS
        assert_agree(opened, *orders)

        again = rush(opened, ["pm_card_visa"] * (UNITS + 5))  # what the others gave back is sold to the last unit
        seen += outcomes(opened, again)
        assert (seen["sold"], opened.stock(SKU)["on_hand"]) == (UNITS, 0)
        assert seen["out_of_stock"] >= 5
        assert seen.total() == BUYERS + UNITS + 5
        assert_agree(opened, *orders, *again)

        delivery.relay()
        delivery.consume()
        lost = [mail for mail in mails() if "not enough" in mail or "out of stock" in mail]
        assert len(lost) == seen["out_of_stock"]
