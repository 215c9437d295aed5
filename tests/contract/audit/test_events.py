"""What orders and payments really publish, in the trail."""

import json
from pathlib import Path

import pytest

from audit.application import Auditor
from audit.fakes import MemoryTrail
from infra.templates import Template
from kernel.events import Event
from tests.support.functions import ROOT

pytestmark = pytest.mark.contract
EXAMPLES = [path for context in ("orders", "payments") for path in (ROOT / "events" / context).glob("*.example.json")]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name.partition(".")[0])
def test_a_published_event_is_kept_without_personal_data(path: Path) -> None:
    detail = json.loads(path.read_text())
    auditor = Auditor(MemoryTrail())
    auditor.record(Event.from_bus({"source": f"agora.{path.parent.name}", "detail-type": path.stem, "detail": detail}))
    (entry,) = auditor.read(detail["aggregate_id"])
    assert entry["data"].keys() == detail["data"].keys()
    kept = json.dumps(entry)
    address = detail["data"].get("shipping_address") or {}
    personal = [detail["data"].get("email"), *(part for name, part in address.items() if name != "country")]
    assert not [text for text in personal if text and text in kept]


def test_there_is_something_to_keep() -> None:
    assert {path.parent.name for path in EXAMPLES} == {"orders", "payments"}


def test_the_rule_lets_everything_of_both_through() -> None:
    (rule,) = Template(ROOT / "infra" / "audit.yaml").of_type("AWS::Events::Rule").values()
    assert rule["EventPattern"] == {"source": ["agora.access", "agora.orders", "agora.payments"]}
