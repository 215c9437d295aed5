"""Identity's ports on DynamoDB."""

from identity.dynamo.attempts import DynamoAttempts
from identity.dynamo.items import bind
from identity.dynamo.users import DynamoUsers

__all__ = ["DynamoAttempts", "DynamoUsers", "bind"]
