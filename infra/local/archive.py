"""The archive of the event bus, made through the API: the engine has no CloudFormation type Events::Archive."""

from __future__ import annotations

from botocore.exceptions import ClientError

from infra.local.aws import client

RETENTION_DAYS = 30


def make_archive(endpoint_url: str, outputs: dict[str, str]) -> None:
    """Archive every event of the stack's bus, if it has one."""
    name = outputs.get("EventBusName")
    if not name:
        return
    events = client("events", endpoint_url)
    source = events.describe_event_bus(Name=name)["Arn"]
    try:
        events.create_archive(ArchiveName=f"{name}-archive"[:48], EventSourceArn=source, RetentionDays=RETENTION_DAYS)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceAlreadyExistsException":
            raise
