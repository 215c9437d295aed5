"""DynamoDB streams across a restart.

Stock 1.5.33 saves how many records of a stream each event source mapping has read, but not the records. After a
restart the stream is empty and the mapping skips as many new records as it had read before: events are lost without a
sign. Here the records that some mapping has not read yet are saved with the table, and positions count on from there.
"""

# ruff: noqa: SLF001 - a cure reaches into what it cures
from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

from infra.local.patches import ministack

KEY = "agora_streams"
KEEP_READ = 1000
"""Read records that stay in memory per table, for whoever reads a stream by its API."""
Scope = tuple[str, str, str]


def stream_mappings() -> Iterator[tuple[Scope, str, dict[str, Any]]]:
    """Each mapping that reads a table's stream: the table, the mapping's id, the mapping."""
    for (account, region, mapping_id), mapping in list(ministack("services.lambda_svc")._esms._data.items()):
        source = str(mapping.get("EventSourceArn", ""))
        if ":dynamodb:" in source:
            yield (account, region, source.split("/")[1]), mapping_id, mapping


def _slowest() -> dict[Scope, int]:
    """How far the slowest mapping of each table has read."""
    positions = ministack("services.lambda_svc")._dynamodb_stream_positions
    slowest: dict[Scope, int] = {}
    for scope, mapping_id, _ in stream_mappings():
        position = positions.get_scoped(scope[0], scope[1], mapping_id, 0)
        slowest[scope] = min(position, slowest.get(scope, position))
    return slowest


def unread() -> dict[str, dict[str, Any]]:
    """Per table: how many records came before, and those that some mapping has yet to read."""
    tables = ministack("services.dynamodb")
    saved = {}
    slowest = _slowest()
    for scope, records in list(tables._stream_records._data.items()):
        dropped = tables._stream_trimmed.get_scoped(*scope, 0)
        start = min(max(0, slowest.get(scope, dropped) - dropped), len(records))
        saved["/".join(scope)] = {"before": dropped + start, "records": copy.deepcopy(records[start:])}
    return saved


def restore(saved: dict[str, dict[str, Any]]) -> None:
    """Put the records back and let positions count from where they were."""
    tables = ministack("services.dynamodb")
    for joined, stream in saved.items():
        scope = joined.split("/")
        tables._stream_records.set_scoped(*scope, stream["records"])
        tables._stream_trimmed.set_scoped(*scope, stream["before"])


def drop_read() -> None:
    """Forget records that every mapping has read but for the latest; stock keeps all of them for 24 hours."""
    tables = ministack("services.dynamodb")
    for scope, position in _slowest().items():
        records = tables._stream_records.get_scoped(*scope)
        dropped = tables._stream_trimmed.get_scoped(*scope, 0)
        surplus = min(position - dropped, len(records or [])) - KEEP_READ
        if records and surplus > 0:
            # Records first: between the two steps a reader sees none rather than the wrong ones.
            del records[:surplus]
            tables._stream_trimmed.set_scoped(*scope, dropped + surplus)


def clamp_positions() -> None:
    """A position past the end of its stream would skip what comes next."""
    positions = ministack("services.lambda_svc")._dynamodb_stream_positions
    tables = ministack("services.dynamodb")
    for (account, region, table), mapping_id, _ in stream_mappings():
        end = tables.stream_end_position(table, account_id=account, region=region)
        known = positions.get_scoped(account, region, mapping_id)
        if known is not None and known > end:
            positions.set_scoped(account, region, mapping_id, end)


def apply() -> None:
    """Save and load streams with the tables."""
    tables = ministack("services.dynamodb")
    stock_state, stock_load = tables.get_state, tables.load_persisted_state

    def get_state() -> dict[str, Any]:
        return {**stock_state(), KEY: unread()}

    def load(data: dict[str, Any]) -> None:
        stock_load(data)
        restore(data.get(KEY, {}))

    tables.get_state, tables.load_persisted_state = get_state, load
