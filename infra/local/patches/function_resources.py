"""`AWS::Lambda::Function` properties that stock 1.5.33 drops: ReservedConcurrentExecutions and DeadLetterConfig."""

# ruff: noqa: SLF001 - a cure reaches into what it cures
from __future__ import annotations

from collections.abc import Callable
from typing import Any

from infra.local.patches import ministack


def _set_dropped(function_name: str, props: dict[str, Any]) -> None:
    func = ministack("services.lambda_svc")._functions[function_name]
    reserved = props.get("ReservedConcurrentExecutions")
    func["concurrency"] = None if reserved is None else int(reserved)
    if props.get("DeadLetterConfig"):
        func["config"]["DeadLetterConfig"] = props["DeadLetterConfig"]
    else:
        func["config"].pop("DeadLetterConfig", None)


def _after(
    stock: Callable[..., tuple[str, dict[str, Any]]], props_at: int
) -> Callable[..., tuple[str, dict[str, Any]]]:
    def handler(*args: Any, **kwargs: Any) -> tuple[str, dict[str, Any]]:
        name, attributes = stock(*args, **kwargs)
        _set_dropped(name, args[props_at])
        return name, attributes

    return handler


def apply() -> None:
    """Set both properties after the stock handlers of create and update."""
    provisioners = ministack("services.cloudformation.provisioners")
    handlers = provisioners._RESOURCE_HANDLERS["AWS::Lambda::Function"]
    handlers["create"] = _after(handlers["create"], 1)
    handlers["update"] = _after(handlers["update"], 2)
