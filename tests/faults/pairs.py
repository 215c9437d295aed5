"""Two faults in one order, chosen by hypothesis: what each alone does not do, two together may.

A pair whose books do not agree is shrunk: to the earliest states and the simplest faults that still break them.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from hypothesis import HealthCheck, Phase, given, note, seed, settings
from hypothesis import strategies as st

from tests.faults.matrix import Case, cases
from tests.faults.runner import baseline, functions, play, scenario_of
from tests.support.saga_machine import order_saga

NOT_MET = "the second fault was not met: "


@dataclass(frozen=True)
class Pair:
    """The order is such that the first fault is met; whether the second is, the first one decides."""

    first: Case
    second: Case

    def __str__(self) -> str:
        return f"{self.first} + {self.second}"


Player = Callable[[Pair], str]


def play_pair(pair: Pair) -> str:
    """What became of the order. An `AssertionError` says which books do not agree."""
    scenario = scenario_of(pair.first)
    faults = {name: each for name, each in scenario.faults.items() if name not in (pair.first.state, pair.second.state)}
    outcome = play(replace(scenario, faults=faults), pair.first, pair.second)
    return outcome.text if outcome.struck[1] else NOT_MET + outcome.text


@lru_cache(maxsize=1)
def every_case() -> Sequence[Case]:
    """The matrix, each write of a function that may be killed a case of its own, in the order in which pairs shrink."""
    found = []
    for case in cases(order_saga()):
        writes = baseline(scenario_of(case).name).writes[functions()[case.state]]
        found += [Case(case.state, fault) for fault in case.fault.variants(writes)]
    return found


def explore(number: int, start: int, among: Sequence[Case], player: Player = play_pair) -> Counter[str]:
    """Play so many pairs, the same for the same `start`; how often each outcome was seen.

    Raises `AssertionError`, whose note names the smallest pair that breaks the books.
    """
    outcomes: Counter[str] = Counter()
    one = st.sampled_from(among)

    @seed(start)
    @settings(
        max_examples=number,
        deadline=None,
        database=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    @given(st.builds(Pair, one, one))
    def agree(pair: Pair) -> None:
        note(f"pair: {pair}")
        outcomes[player(pair)] += 1

    agree()
    return outcomes


def explored(number: int, start: int) -> tuple[Counter[str], str]:
    """As `explore`, with the failure in words instead of raised; "" for none."""
    try:
        return explore(number, start, every_case()), ""
    except AssertionError as error:
        return Counter(), " ".join([str(error), *getattr(error, "__notes__", ())])
