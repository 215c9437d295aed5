"""Places in a customer's minute, in DynamoDB: taken in the transaction that places the order, for no call more."""

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from kernel.dynamo import Transaction
from orders.limit import OrderLimit

LABEL = "limit"


class LimitItem(Model):
    """How many orders a customer placed in one minute."""

    class Meta:
        """Bound with the other models of the table."""

        table_name = "unbound"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    placed = NumberAttribute()
    expires_at_epoch = NumberAttribute()


def take(write: Transaction, limit: OrderLimit) -> None:
    """Count one order, on condition that there is a place left."""
    item = LimitItem(f"LIMIT#{limit.subject}", f"WINDOW#{limit.window}")
    left = LimitItem.placed.does_not_exist() | (LimitItem.placed < limit.most)
    actions = [LimitItem.placed.add(1), LimitItem.expires_at_epoch.set(limit.ends_at)]
    write.update(item, actions, left, label=LABEL)
