"""Answer requests by mail, as the table's stream brings them."""

from identity import bootstrap
from kernel.settings import Settings

app = bootstrap.mail_stream(Settings.from_env())
