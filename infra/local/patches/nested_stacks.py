"""Nested CloudFormation stacks that are updated, and stacks whose deployment a crash cut short.

Gaps of stock 1.5.33: when a nested stack is updated, each of its resources that did not change loses its attributes,
so that the next `Fn::GetAtt` of one fails and the parent ends in UPDATE_ROLLBACK_FAILED, which takes no further
update. And a stack that was being deployed when the emulator died stays in progress for ever.
"""

# ruff: noqa: SLF001 - a cure reaches into what it cures
from __future__ import annotations

from typing import Any

from infra.local.patches import ministack


def _known_attributes(stack_name: str, logical_id: str | None) -> dict[str, Any]:
    stack = ministack("services.cloudformation")._stacks.get(stack_name) or {}
    resource = (stack.get("_resources") or {}).get(logical_id) or {}
    attributes: dict[str, Any] = resource.get("Attributes") or {}
    return attributes


def release_interrupted() -> None:
    """Let a stack that was in progress be updated, or made anew where it was being created."""
    for stack in ministack("services.cloudformation")._stacks._data.values():
        status = stack.get("StackStatus", "")
        if status.endswith("_IN_PROGRESS"):
            creating = status.startswith(("CREATE", "ROLLBACK", "DELETE", "REVIEW"))
            stack["StackStatus"] = "CREATE_FAILED" if creating else "UPDATE_ROLLBACK_COMPLETE"
            stack["StackStatusReason"] = "The engine ended while the stack was being deployed."


def apply() -> None:
    """Keep attributes; release stacks after a crash."""
    provisioners = ministack("services.cloudformation.provisioners")
    cloudformation = ministack("services.cloudformation")
    stock_update, stock_load = provisioners._update_resource, cloudformation.load_persisted_state

    def update(
        resource_type: str,
        physical_id: str,
        old_props: dict[str, Any],
        new_props: dict[str, Any],
        stack_name: str,
        logical_id: str | None = None,
        old_attrs: dict[str, Any] | None = None,
    ) -> Any:
        known = _known_attributes(stack_name, logical_id) if old_attrs is None else old_attrs
        return stock_update(resource_type, physical_id, old_props, new_props, stack_name, logical_id, known)

    def load(data: Any) -> None:
        stock_load(data)
        release_interrupted()

    provisioners._update_resource = update
    cloudformation.load_persisted_state = load
