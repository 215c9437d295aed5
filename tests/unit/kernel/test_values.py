"""The kernel's small values: versions, ids, times, settings, correlation and the event envelope."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel import correlation, etag, ids
from kernel.clock import from_rfc3339, to_rfc3339, utc_now
from kernel.correlation import Correlation
from kernel.errors import ConfigurationError, PreconditionFailed, PreconditionRequired
from kernel.events import Event
from kernel.settings import Settings


@given(st.integers(0, 10**9))
def test_etag_of_a_version_asks_for_that_version(version: int) -> None:
    assert etag.required_version(etag.of_version(version)) == version


def test_star_asks_for_any_version_and_nothing_is_not_enough() -> None:
    assert etag.required_version("*") is None
    for absent in (None, ""):
        with pytest.raises(PreconditionRequired):
            etag.required_version(absent)


@pytest.mark.parametrize("tag", ['"abc"', 'W/"3"', '"3", "4"', '"²"', '"-1"', '"' + "9" * 5000 + '"', '""'])
def test_foreign_etag_is_stale(tag: str) -> None:
    with pytest.raises(PreconditionFailed):
        etag.required_version(tag)


def test_ids_sort_by_time_and_say_what_they_name() -> None:
    made = [ids.new_id(ids.ORDER) for _ in range(3)]
    assert all(ids.is_id("ord", each) for each in made)
    assert len(set(made)) == 3
    assert not ids.is_id("pay", made[0])
    assert not ids.is_id("ord", made[0] + "\n")
    assert not ids.is_id("ord", "ord_short")


def test_derived_id_is_the_same_each_time() -> None:
    order = ids.new_id(ids.ORDER)
    assert ids.derived_id("pay", order) == ids.derived_id("pay", order) == f"pay_{order[4:]}"


@given(st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2100, 1, 1)))  # noqa: DTZ001 - made aware below
def test_time_keeps_its_moment_to_the_millisecond(naive: datetime) -> None:
    moment = naive.replace(tzinfo=timezone(timedelta(hours=5, minutes=30)))
    text = to_rfc3339(moment)
    assert text.endswith("Z")
    assert timedelta(0) <= moment - from_rfc3339(text) < timedelta(milliseconds=1)


@given(st.lists(st.datetimes(min_value=datetime(2000, 1, 1), timezones=st.just(UTC)), min_size=2))  # noqa: DTZ001
def test_times_sort_as_text(moments: list[datetime]) -> None:
    texts = [to_rfc3339(moment) for moment in sorted(moments)]
    assert texts == sorted(texts)


def test_now_is_aware() -> None:
    assert utc_now().utcoffset() == timedelta(0)


def test_settings_say_which_one_is_missing() -> None:
    settings = Settings({"AGORA_TABLE": "orders", "AGORA_EVENT_BUS": "", "AWS_REGION": "eu-west-1"})
    assert settings.table == "orders"
    assert settings.engine == "aws"
    assert settings.region == "eu-west-1"
    assert settings.get("RATES", "none") == "none"
    for name in ("EVENT_BUS", "PREFIX"):
        with pytest.raises(ConfigurationError, match=f"AGORA_{name}"):
            settings.require(name)


def test_settings_do_not_follow_the_environment_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AGORA_TABLE", "orders")
    settings = Settings.from_env()
    monkeypatch.setenv("AGORA_TABLE", "other")
    assert settings.table == "orders"


def test_correlation_of_a_payload_falls_back() -> None:
    trace = correlation.new_traceparent()
    given = {"correlation_id": "c1", "traceparent": trace, "causation_id": "e1"}
    assert correlation.from_payload(given, "f1") == Correlation("c1", trace, "e1")
    made = correlation.from_payload({}, "f1")
    assert made.correlation_id == "f1"
    assert made.traceparent.startswith("00-")


@pytest.mark.parametrize("sent", ["two words", "a\nb", "x" * 129, {"$ne": 1}, ["r1"], 0, None, "\ud800"])
def test_ids_that_another_system_made_up_do_not_get_into_our_logs(sent: object) -> None:
    payload = {"correlation_id": sent, "traceparent": sent, "causation_id": sent}
    made = correlation.from_payload(payload, "f1")
    assert (made.correlation_id, made.causation_id) == ("f1", "")
    assert correlation.from_headers({"traceparent": made.traceparent}, "r1").traceparent == made.traceparent


@pytest.mark.parametrize(
    "trace", ["", "00-" + "0" * 32 + "-" + "1" * 16 + "-01", "00-" + "1" * 32 + "-" + "0" * 16 + "-01", "01-x"]
)
def test_invalid_trace_is_replaced(trace: str) -> None:
    found = correlation.from_headers({"traceparent": trace}, "r1").traceparent
    assert found != trace
    assert correlation.from_headers({"traceparent": found}, "r1").traceparent == found


def test_event_survives_the_bus() -> None:
    event = Event("agora.orders", "OrderPlaced", "ord_1", 1, datetime(2026, 11, 21, tzinfo=UTC), {"total": 1250})
    caused = event.caused_by(Correlation("r1", "t1", "e0"))
    received = Event.from_bus({"source": event.source, "detail-type": event.name, "detail": caused.to_detail()})
    assert received == caused
    assert (received.correlation_id, received.causation_id) == ("r1", "e0")


def test_first_event_of_a_request_is_caused_by_the_request() -> None:
    event = Event("agora.orders", "OrderPlaced", "ord_1", 1, utc_now(), {})
    assert event.caused_by(Correlation("r1", "t1")).causation_id == "r1"
