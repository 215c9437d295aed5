"""Pairs of faults: a few are played, and a pair that breaks something is told as simply as it can be."""

import pytest

from tests.faults.matrix import Case, cases
from tests.faults.pairs import Pair, every_case, explore, explored
from tests.support.saga_machine import order_saga

pytestmark = pytest.mark.saga
PLAYED = 8
"""By `make test`; `make faults` plays many more."""


def test_two_faults_leave_the_books_in_order() -> None:
    outcomes, broken = explored(PLAYED, start=1)
    assert broken == ""
    assert outcomes.total() >= PLAYED // 2


def test_every_write_that_a_function_may_die_after_is_a_case() -> None:
    killed = [str(case) for case in every_case() if "killed after write" in case.fault.name]
    assert "PriceOrder: killed after write 1 of 1" in killed
    assert {case.state for case in every_case()} == {case.state for case in cases(order_saga())}


def test_what_breaks_is_shrunk_to_the_simplest_pair() -> None:
    """Books that break whenever a payment that timed out is captured twice, in whatever company."""
    among = [case for case in cases(order_saga()) if case.fault.name != "killed after a write"]

    def player(pair: Pair) -> str:
        faulty = {case.state for case in (pair.first, pair.second) if "effect" in case.fault.name}
        assert not {"AuthorisePayment", "CapturePayment"} <= faulty, "money does not agree"
        return "fulfilled"

    with pytest.raises(AssertionError, match="money does not agree") as raised:
        explore(2_000, 7, among, player)
    (told,) = (text for text in raised.value.__notes__ if text.startswith("pair: "))
    simplest = Case("", next(case for case in among if case.state == "AuthorisePayment").fault).fault.name
    assert told in {
        f"pair: AuthorisePayment: {simplest} + CapturePayment: {simplest}",
        f"pair: CapturePayment: {simplest} + AuthorisePayment: {simplest}",
    }
