"""Pairs of faults: a few are played, and a pair that breaks something is told as simply as it can be."""

import pytest

from tests.faults.matrix import cases
from tests.faults.pairs import MET, Pair, every_case, explore, explored, play_pair
from tests.support.saga_machine import order_saga

pytestmark = pytest.mark.saga
PLAYED = 8
"""By `make test`; `make faults` plays many more."""


def test_two_faults_leave_the_books_in_order() -> None:
    outcomes, broken = explored(PLAYED, start=1)
    assert broken == ""
    assert outcomes.total() >= PLAYED // 2


def test_a_fault_that_is_not_met_is_not_counted_as_one() -> None:
    """The order ends before its payment would be captured; a wait cannot lose its token and get it twice."""
    case = {str(each): each for each in every_case()}
    early, late = case["PriceOrder: fails for ever before its effect"], case["CapturePayment: runs twice"]
    assert play_pair(Pair(late, early)) == play_pair(Pair(early, late)) == f"{MET[1]}cancelled, nothing charged"
    lost, twice = case["AwaitPayment: the token is lost"], case["AwaitPayment: the token is sent twice"]
    assert not Pair(lost, twice).is_possible
    assert Pair(case["AwaitPayment: runs twice"], lost).scenario.name == "never paid"


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
    simplest = next(case for case in among if case.state == "AuthorisePayment").fault.name
    assert told in {
        f"pair: AuthorisePayment: {simplest} + CapturePayment: {simplest}",
        f"pair: CapturePayment: {simplest} + AuthorisePayment: {simplest}",
    }
