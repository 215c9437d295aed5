"""What customers keep with their account, on DynamoDB: in the account's own partition, which an erasure empties.

Stored answers are there too, and not where other contexts keep theirs: the answer to a new address is an address.
"""

import json

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.models import Model

from identity.dynamo.items import ACCESS, AccessItem, user_pk
from identity.model import Status
from identity.user_errors import AccountNotActive
from identity.user_ports import KeyUsed, Kind, Remembered, Stored
from kernel import dynamo, idempotency
from kernel.dynamo import ConditionFailed, Transaction
from kernel.idempotency import Answer, IdempotencyItem, IdempotencyKey


class DocumentItem(Model):
    """A document: `USER#<id>`, its kind. `document` is JSON, read and written as a whole."""

    class Meta:
        """Bound later."""

        table_name = ""

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    document = UnicodeAttribute()
    version = NumberAttribute()


class UserAnswerItem(IdempotencyItem):
    """A stored answer: `USER#<id>`, `IDEMPOTENCY#<hash of the key>`."""

    class Meta:
        """Bound later."""

        table_name = ""


def bind(table: str) -> None:
    """Point this module's models, and what they are checked against, at the table."""
    dynamo.bind(table, AccessItem, DocumentItem, UserAnswerItem)


class DynamoDocuments:
    """The `Documents` port on DynamoDB."""

    def get(self, user_id: str, kind: Kind) -> Stored | None:
        """One GetItem."""
        item = dynamo.get(DocumentItem, user_pk(user_id), kind)
        return None if item is None else Stored(json.loads(item.document), int(item.version))

    def save(self, user_id: str, kind: Kind, stored: Stored, remembered: Remembered | None = None) -> None:
        """One TransactWriteItems."""
        work = Transaction()
        active = AccessItem.status == Status.ACTIVE.value
        work.check(AccessItem, user_pk(user_id), ACCESS, active, label="account")
        text = json.dumps(dict(stored.document), separators=(",", ":"))
        unchanged = (
            DocumentItem.version == stored.version - 1 if stored.version > 1 else DocumentItem.pk.does_not_exist()
        )
        work.put(
            DocumentItem(user_pk(user_id), kind, document=text, version=stored.version), unchanged, label="document"
        )
        if remembered is not None:
            pk, sk = _answer_keys(user_id, remembered.key)
            kept = {**idempotency.fields(remembered.key, remembered.answer), "pk": pk, "sk": sk}
            work.put(UserAnswerItem(**kept), idempotency.unused(), label=idempotency.LABEL)
        _commit(work)

    def answer(self, user_id: str, key: IdempotencyKey) -> Answer | None:
        """One GetItem."""
        return idempotency.answered(dynamo.get(UserAnswerItem, *_answer_keys(user_id, key)), key)


def _commit(work: Transaction) -> None:
    try:
        work.commit()
    except ConditionFailed as failed:
        if "account" in failed.labels:
            raise AccountNotActive("log in with an active account") from None
        if idempotency.LABEL in failed.labels:
            raise KeyUsed from None
        raise


def _answer_keys(user_id: str, key: IdempotencyKey) -> tuple[str, str]:
    return user_pk(user_id), key.pk
