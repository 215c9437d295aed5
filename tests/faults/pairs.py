"""Two faults in one order, chosen by hypothesis: what each alone does not do, two together may.

A pair whose books do not agree is shrunk: to the earliest states and the simplest faults that still break them.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from hypothesis import HealthCheck, Phase, assume, given, note, seed, settings
from hypothesis import strategies as st

from tests.faults.kinds import Token, TokenLost
from tests.faults.matrix import Case, cases
from tests.faults.runner import baseline, functions, named, play, scenario_of
from tests.faults.scenarios import Scenario
from tests.support.saga_machine import order_saga


@dataclass(frozen=True)
class Pair:
    """Two faults in one order, in a scenario that one of them needs, or that enters the first one's state.

    A fault may keep the other one from being met: an order that ends early does not reach later states.
    """

    first: Case
    second: Case

    def __str__(self) -> str:
        return f"{self.first} + {self.second}"

    @property
    def scenario(self) -> Scenario:
        """How the order is placed; what is wrong in the scenario already gives way to the pair's own faults."""
        needed = self.first.fault.scenario or self.second.fault.scenario
        found = named(needed) if needed else scenario_of(self.first)
        states = (self.first.state, self.second.state)
        return replace(found, faults={name: each for name, each in found.faults.items() if name not in states})

    @property
    def is_possible(self) -> bool:
        """A wait has one token: that it is lost, and that it comes in some other way, cannot both be."""
        return not all(isinstance(case.fault, Token | TokenLost) for case in (self.first, self.second))


Player = Callable[[Pair], str]
MET = {0: "neither fault was met: ", 1: "one of the two was met: ", 2: ""}


def play_pair(pair: Pair) -> str:
    """What became of the order. An `AssertionError` says which books do not agree."""
    outcome = play(pair.scenario, pair.first, pair.second)
    return MET[sum(struck > 0 for struck in outcome.struck)] + outcome.text


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
        report_multiple_bugs=False,
    )
    @given(st.builds(Pair, one, one))
    def agree(pair: Pair) -> None:
        assume(pair.is_possible)
        note(f"pair: {pair}")
        outcomes[player(pair)] += 1

    agree()
    return outcomes


def explored(number: int, start: int) -> tuple[Counter[str], str]:
    """As `explore`, with the failure in words instead of raised; "" for none."""
    try:
        return explore(number, start, every_case()), ""
    except Exception as error:  # noqa: BLE001 - a handler's own error is a broken pair as well
        return Counter(), " ".join([f"{type(error).__name__}: {error}", *getattr(error, "__notes__", ())])
