"""Access states through the plain client: PynamoDB would double the time in which the authorizer starts."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from kernel import aws
from kernel.errors import TransientError

_ACTIVE = "active"


class AccessStateReader:
    """The `AccessStates` port on DynamoDB.

    The read is eventually consistent, at half the price: it is milliseconds late, and the cache before it a minute.
    """

    def __init__(self, table: str) -> None:
        self._table = table
        self._client: Any = aws.client("dynamodb", 2.0)

    def generation(self, user_id: str) -> int | None:
        """The generation of access that is good now. Raises `TransientError` when the table cannot be asked."""
        key = {"pk": {"S": f"USER#{user_id}"}, "sk": {"S": "ACCESS"}}
        try:
            item = self._client.get_item(TableName=self._table, Key=key).get("Item")
        except (BotoCoreError, ClientError) as error:
            raise TransientError(f"the access state could not be read: {error}") from error
        if item is None or item["status"]["S"] != _ACTIVE:
            return None
        return int(item["generation"]["N"])
