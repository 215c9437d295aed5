"""Whether the events went out once, reached their consumers, and the customer was told what is true."""

from collections import Counter
from collections.abc import Iterable

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from tests.faults.kinds import Delivered, Injection
from tests.support.saga_books import charge_of
from tests.support.saga_events import Delivery, outbox
from tests.support.saga_world import Shop

FULFILLED = {"Your order is on its way", "Your order is being prepared"}
CONFIRMED, CANCELLED = "Your order is confirmed", "Your order was cancelled"
AUDITED = {"agora.orders", "agora.payments"}
"""Whose events the audit keeps; inventory's and shipping's name the order too."""
WORDS_OF_CHARGE = {
    "NOTHING": ("You have not been charged.",),
    "DECLINED": ("You have not been charged.",),
    "VOIDED": ("The amount that was held on your card has been released.",),
    "REFUNDED": ("Your payment has been refunded.",),
}


def deliver(shop: Shop, injections: Iterable[Injection]) -> None:
    """Everything that happened goes over the bus to every consumer, in the way that the injected faults say."""
    delivery = Delivery(shop)
    images = outbox()
    ways: dict[str, set[str]] = {"early": set(), "late": set(), "twice": set()}
    for each in injections:
        if isinstance(each.fault, Delivered):
            ways[each.fault.how] |= each.events
    early, late, twice = ways["early"], ways["late"] - ways["early"], ways["twice"]
    middle = [each for each in images if each["id"]["S"] not in early | late]
    rounds = [[each for each in images if each["id"]["S"] in early], middle]
    rounds += [[each for each in images if each["id"]["S"] in part] for part in (late, twice)]
    for batch in rounds:
        delivery.publish(batch)
        delivery.consume()


def assert_told(shop: Shop, order_id: str) -> None:
    """One mail for each thing that happened, nothing after a cancellation, and the money as the provider has it."""
    sent = ses_backends[DEFAULT_ACCOUNT_ID]["eu-west-2"].sent_messages
    mails = [(each.subject.partition(":")[0], each.body) for each in sent if order_id in each.subject]
    titles = [title for title, _ in mails]
    assert len(set(titles)) == len(titles), titles
    order = shop.order(order_id)
    if order["status"] == "FULFILLING":
        assert set(titles) in [{CONFIRMED, title} for title in FULFILLED], titles
    else:
        assert titles[-1:] == [CANCELLED], titles
        assert any(words in mails[-1][1] for words in WORDS_OF_CHARGE[charge_of(order_id)]), mails[-1]


def assert_emitted_once(shop: Shop, order_id: str) -> None:
    """No store holds the same event of one thing twice, and the audit has every published one of the order once."""
    names = Counter((each["aggregate_id"]["S"], each["name"]["S"]) for each in outbox())
    assert [each for each, times in names.items() if times > 1] == []
    published = {
        each["name"]["S"]
        for each in outbox()
        if each["aggregate_id"]["S"] == order_id and each["source"]["S"] in AUDITED and each["published"]["BOOL"]
    }
    shop.bridge.handlers["audit-task-read-trail"] = shop.stack.handler("audit-task-read-trail")
    trail = shop.task("audit-task-read-trail", {"aggregate_id": order_id})["entries"]
    assert Counter(entry["name"] for entry in trail) == Counter(published)
