"""Event source mappings on DynamoDB streams.

Gaps of stock 1.5.33: a partial batch response (`batchItemFailures`) is ignored, so that a record which its function
could not handle is lost; MaximumRetryAttempts has no effect; and all streams and queues share one thread, so that one
slow or failing function delays every other. Here each mapping runs on its own thread, resumes at the first failed
record, and gives a batch up to its OnFailure destination after its limits.
"""

# ruff: noqa: SLF001 - a cure reaches into what it cures
from __future__ import annotations

import threading
import time
from typing import Any

from infra.local.patches import ministack
from infra.local.patches.streams import Scope, drop_read, stream_mappings

RETRY_SECONDS = 1.0

_busy: set[str] = set()
_attempts: dict[str, int] = {}


def _position(scope: Scope, mapping_id: str, mapping: dict[str, Any]) -> int:
    """Where this mapping reads next; the first time that is what its StartingPosition says."""
    account, region, table = scope
    positions = ministack("services.lambda_svc")._dynamodb_stream_positions
    tables = ministack("services.dynamodb")
    horizon = tables.stream_start_position(table, account_id=account, region=region)
    known = positions.get_scoped(account, region, mapping_id)
    if known is None:
        latest = tables.stream_end_position(table, account_id=account, region=region)
        known = horizon if mapping.get("StartingPosition") == "TRIM_HORIZON" else latest
        positions.set_scoped(account, region, mapping_id, known)
    return max(int(known), int(horizon))


def _failed_sequences(mapping: dict[str, Any], result: dict[str, Any]) -> set[str]:
    body = result.get("body")
    if "ReportBatchItemFailures" not in (mapping.get("FunctionResponseTypes") or []) or not isinstance(body, dict):
        return set()
    return {str(failure.get("itemIdentifier")) for failure in body.get("batchItemFailures") or []}


def _handled(mapping: dict[str, Any], result: dict[str, Any], batch: list[dict[str, Any]]) -> int:
    """How many records of `batch`, from its beginning, need not be sent again."""
    if result.get("error"):
        return 0
    failed = _failed_sequences(mapping, result)
    if not failed:
        return len(batch)
    for index, record in enumerate(batch):
        if record["dynamodb"]["SequenceNumber"] in failed:
            return index
    return 0  # an identifier that is not in the batch means, on AWS, that the whole batch failed


def _given_up(mapping_id: str, mapping: dict[str, Any], batch: list[dict[str, Any]]) -> str | None:
    """The limit that a failing batch has reached, if any."""
    retries, age = mapping.get("MaximumRetryAttempts"), mapping.get("MaximumRecordAgeInSeconds")
    if retries is not None and int(retries) >= 0 and _attempts[mapping_id] > int(retries):
        return "RetryAttemptsExhausted"
    created = float(batch[0]["dynamodb"].get("ApproximateCreationDateTime", time.time()))
    if age is not None and int(age) > 0 and time.time() - created > int(age):
        return "MaxRecordAgeExceeded"
    return None


def _deliver(mapping_id: str, mapping: dict[str, Any], func: dict[str, Any], batch: list[dict[str, Any]]) -> int:
    """Send `batch` to its function; answer how far the mapping may move on."""
    service = ministack("services.lambda_svc")
    result = service._execute_function(func, {"Records": batch})
    done = _handled(mapping, result, batch)
    if done == len(batch):
        _attempts.pop(mapping_id, None)
        mapping["LastProcessingResult"] = f"OK - {done} records"
        return done
    mapping["LastProcessingResult"] = "PROBLEM: Function call failed"
    _attempts[mapping_id] = 1 if done else _attempts.get(mapping_id, 0) + 1
    reason = _given_up(mapping_id, mapping, batch[done:])
    if reason:
        source = mapping["EventSourceArn"]
        service._send_ddb_stream_failure_record(mapping, func, batch[done:], source, result, reason)
        _attempts.pop(mapping_id, None)
        return len(batch)
    service._esm_backoff_until[mapping_id] = time.time() + RETRY_SECONDS
    return done


def _read(scope: Scope, mapping_id: str, mapping: dict[str, Any]) -> bool:
    """Take one batch from the stream and deliver it; False when there was none."""
    account, region, table = scope
    service, tables = ministack("services.lambda_svc"), ministack("services.dynamodb")
    position = _position(scope, mapping_id, mapping)
    batch = tables.stream_records_since(
        table, position, int(mapping.get("BatchSize", 100)), account_id=account, region=region
    )
    func, _ = service._get_func_record_for_qualifier(mapping["FunctionName"], mapping.get("Qualifier"))
    if not batch or func is None:
        return False
    wanted = service._apply_filter_criteria(batch, mapping)
    moved = len(batch)
    if wanted:
        done = _deliver(mapping_id, mapping, func, wanted)
        moved = len(batch) if done == len(wanted) else batch.index(wanted[done])
    service._dynamodb_stream_positions.set_scoped(account, region, mapping_id, position + moved)
    return moved > 0


def _drain(scope: Scope, mapping_id: str, mapping: dict[str, Any]) -> None:
    """Read until the stream is empty or the function fails."""
    service = ministack("services.lambda_svc")
    service._request_account_id.set(scope[0])
    service._request_region.set(scope[1])
    try:
        while _read(scope, mapping_id, mapping) and service._esm_backoff_until.get(mapping_id, 0) < time.time():
            pass
        drop_read()
    finally:
        _busy.discard(mapping_id)


def poll() -> bool:
    """Start a thread for each mapping that has something to read."""
    service, tables = ministack("services.lambda_svc"), ministack("services.dynamodb")
    for scope, mapping_id, mapping in stream_mappings():
        account, region, table = scope
        resting = service._esm_backoff_until.get(mapping_id, 0) > time.time()
        if mapping_id in _busy or resting or not mapping.get("Enabled", True):
            continue
        end = tables.stream_end_position(table, account_id=account, region=region)
        if _position(scope, mapping_id, mapping) < end:
            _busy.add(mapping_id)
            threading.Thread(target=_drain, args=(scope, mapping_id, mapping), daemon=True).start()
    return False


def apply() -> None:
    """Replace the poller of table streams."""
    ministack("services.lambda_svc")._poll_dynamodb_streams = poll
