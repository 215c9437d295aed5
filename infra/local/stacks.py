"""CloudFormation on the engine: create or update a stack, follow it, and say which resource failed and why."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from infra.local.failure import LocalStackError

CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
DEPLOY_SECONDS = 300.0
POLL_SECONDS = 0.2
REPLACE = {"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED", "REVIEW_IN_PROGRESS"}
NOISE = ("Resource creation cancelled", "Resource update cancelled")
Progress = Callable[[int], None]


class Stacks:
    """The stacks of one engine."""

    def __init__(self, cloudformation: Any) -> None:
        self._api = cloudformation

    def describe(self, name: str) -> dict[str, Any] | None:
        """The stack, or None when there is none."""
        try:
            stack: dict[str, Any] = self._api.describe_stacks(StackName=name)["Stacks"][0]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        return None if stack["StackStatus"] == "DELETE_COMPLETE" else stack

    def outputs(self, name: str) -> dict[str, str]:
        """The stack's outputs by key."""
        stack = self.describe(name) or {}
        return {entry["OutputKey"]: entry["OutputValue"] for entry in stack.get("Outputs", [])}

    def deploy(self, name: str, template_url: str, parameters: dict[str, str], progress: Progress) -> bool:
        """Create or update the stack; False when there was nothing to do."""
        arguments = {
            "StackName": name,
            "TemplateURL": template_url,
            "Capabilities": CAPABILITIES,
            "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        }
        existing = self.describe(name)
        if existing and existing["StackStatus"] in REPLACE:
            self.delete(name)
            existing = None
        if existing is None:
            self._api.create_stack(**arguments)
        elif not self._update(arguments):
            return False
        self._follow(name, progress)
        return True

    def delete(self, name: str) -> None:
        """Delete the stack and wait until it is gone."""
        self._api.delete_stack(StackName=name)
        deadline = time.monotonic() + DEPLOY_SECONDS
        while self.describe(name) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)

    def _update(self, arguments: dict[str, Any]) -> bool:
        try:
            self._api.update_stack(**arguments)
        except ClientError as error:
            if "No updates are to be performed" in str(error):
                return False
            raise
        return True

    def _follow(self, name: str, progress: Progress) -> None:
        """Wait for the end of a create or update; raise if it was rolled back."""
        deadline, status = time.monotonic() + DEPLOY_SECONDS, "unknown"
        while time.monotonic() < deadline:
            stack = self.describe(name)
            status = stack["StackStatus"] if stack else "DELETED"
            progress(self._finished(name))
            if not status.endswith("_IN_PROGRESS"):
                break
            time.sleep(POLL_SECONDS)
        if status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            reasons = "\n".join(dict.fromkeys(self._failures(name))) or f"The stack is {status}."
            raise LocalStackError(
                f"The deployment of {name} failed and was rolled back.",
                detail=reasons,
                advice="Correct the resource above and run `make deploy`.",
            )

    def _finished(self, name: str) -> int:
        """How many resources are done, nested ones included."""
        count = 0
        for resource in self._resources(name):
            count += str(resource["ResourceStatus"]).endswith("_COMPLETE")
            if resource["ResourceType"] == "AWS::CloudFormation::Stack" and resource.get("PhysicalResourceId"):
                count += self._finished(resource["PhysicalResourceId"])
        return count

    def _resources(self, name: str) -> Iterator[dict[str, Any]]:
        try:
            for page in self._api.get_paginator("list_stack_resources").paginate(StackName=name):
                yield from page["StackResourceSummaries"]
        except ClientError:
            return  # a nested stack that is not there yet, or not any more

    def _failures(self, name: str) -> Iterator[str]:
        """Each resource that failed of its own accord, with its reason, those of nested stacks first."""
        try:
            events = self._api.describe_stack_events(StackName=name)["StackEvents"]
        except ClientError:
            return
        for event in reversed(events):
            reason = event.get("ResourceStatusReason", "")
            own = event["LogicalResourceId"] == name
            if own or not event["ResourceStatus"].endswith("_FAILED") or reason.startswith(NOISE):
                continue
            if event["ResourceType"] == "AWS::CloudFormation::Stack":
                yield from self._failures_of_child(name, event["LogicalResourceId"])
            yield f"{event['LogicalResourceId']} ({event['ResourceType']}): {reason}"

    def _failures_of_child(self, parent: str, logical_id: str) -> Iterator[str]:
        """A failed nested stack may be deleted already: its events are found by the name that it had."""
        for page in self._api.get_paginator("list_stacks").paginate():
            for stack in page["StackSummaries"]:
                if stack["StackName"].startswith(f"{parent}-{logical_id}-"):
                    yield from self._failures(stack["StackName"])
