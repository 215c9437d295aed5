"""Authorise a request: API Gateway asks it about every token that it has not seen for a minute."""

from identity import bootstrap
from kernel.settings import Settings

app = bootstrap.authorizer(Settings.from_env())
