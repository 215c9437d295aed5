"""Accounts put straight into identity's table, as a registration leaves them."""

from identity import events
from identity.dynamo import items
from identity.model import User
from kernel import outbox


def put_account(user: User) -> None:
    """The account, its access, its address and its first event. Identity's models have to be bound."""
    items.user_item(user).save()
    items.access_item(user).save()
    items.EmailItem(f"EMAIL#{user.email}", items.EMAIL, user_id=user.user_id).save()
    event = events.user_registered(user)
    items.IdentityEventItem(**outbox.fields(event, items.user_pk(user.user_id))).save()
