"""The kinds of fault. Each is one invocation of a state's function that goes wrong in one way."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass, field
from threading import Barrier as Rendezvous
from threading import BrokenBarrierError, Thread, get_ident
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from tests.support.mishaps import WRITES, Died
from tests.support.saga_bridge import named_error
from tests.support.saga_events import outbox
from tests.support.saga_world import Call, Shop

FOREVER = 1_000
_MEETING_SECONDS = 0.5

Invoke = Callable[[], Any]


@dataclass(frozen=True)
class Fault(ABC):
    """What goes wrong. `scenario` names the one that it needs, where that is not any that enters the state."""

    name: str
    scenario: ClassVar[str] = ""

    @abstractmethod
    def strike(self, injection: "Injection", call: Invoke) -> Any:
        """Make the invocation go wrong; `injection` counts how often that has happened."""

    def variants(self, writes: int) -> list["Fault"]:
        """The faults that this stands for at a function that writes so often."""
        return [self]


@dataclass
class Injection:
    """A fault at one function of one shop."""

    fault: Fault
    shop: Shop
    function: str
    struck: int = 0
    mended: bool = False
    payload: Mapping[str, Any] = field(default_factory=dict)
    overdue: list[Invoke] = field(default_factory=list)
    events: set[str] = field(default_factory=set)

    def install(self) -> "Injection":
        """From now on."""
        self.shop.bridge.around.setdefault(self.function, []).append(self)
        return self

    def __call__(self, call: Invoke, payload: Mapping[str, Any]) -> Any:
        """Stands around the function's invocations."""
        self.payload = payload
        return call() if self.mended else self.fault.strike(self, call)

    def come_true(self) -> None:
        """Whatever was overdue happens now, when it is too late. What it raises reaches nobody any more."""
        for call in self.overdue:
            _quietly(call)  # the execution gave up on it long ago


@dataclass(frozen=True)
class Before(Fault):
    """An error before the effect."""

    error: str
    times: int = FOREVER

    def strike(self, injection: Injection, call: Invoke) -> Any:
        if injection.struck >= self.times:
            return call()
        injection.struck += 1
        raise named_error(self.error)


@dataclass(frozen=True)
class After(Before):
    """An error or timeout after the effect."""

    def strike(self, injection: Injection, call: Invoke) -> Any:
        answer = call()
        if injection.struck >= self.times:
            return answer
        injection.struck += 1
        raise named_error(self.error)


@dataclass(frozen=True)
class Overdue(Before):
    """The state gives up on an invocation whose effect comes when everything is over."""

    def strike(self, injection: Injection, call: Invoke) -> Any:
        if injection.struck < self.times:
            injection.overdue.append(call)
        return super().strike(injection, call)


@dataclass(frozen=True)
class Twice(Fault):
    """The same task runs twice, and the second answer counts."""

    def strike(self, injection: Injection, call: Invoke) -> Any:
        injection.struck += 1
        call()
        return call()


@dataclass(frozen=True)
class TwiceAtOnce(Fault):
    """The same task runs twice at the same time: both have read before either writes."""

    def strike(self, injection: Injection, call: Invoke) -> Any:
        injection.struck += 1
        meeting = Rendezvous(2)
        arrived: set[int] = set()

        def meet(made: Call, done: bool) -> None:
            if done or made.operation not in WRITES or made.function != injection.function or get_ident() in arrived:
                return
            arrived.add(get_ident())
            _wait_at(meeting)

        injection.shop.watchers.append(meet)
        other = Thread(target=copy_context().run, args=(_quietly, call))
        try:
            other.start()
            return call()
        finally:
            meeting.abort()
            other.join()
            injection.shop.watchers.remove(meet)


def _wait_at(meeting: Rendezvous) -> None:
    try:
        meeting.wait(_MEETING_SECONDS)
    except BrokenBarrierError:
        return  # the other one has nothing to write


def _quietly(call: Invoke) -> None:
    """For an invocation whose caller is not there to hear of its errors."""
    with suppress(Exception):
        call()


@dataclass(frozen=True)
class Killed(Fault):
    """The process is killed after one of its writes; 0 stands for each of them."""

    write: int = 0

    def variants(self, writes: int) -> list[Fault]:
        return [Killed(f"killed after write {number} of {writes}", number) for number in range(1, writes + 1)]

    def strike(self, injection: Injection, call: Invoke) -> Any:
        if injection.struck:
            return call()
        written = 0

        def kill(made: Call, done: bool) -> None:
            nonlocal written
            if done and made.operation in WRITES and made.function == injection.function:
                written += 1
                if written == self.write:
                    raise Died

        injection.shop.watchers.append(kill)
        try:
            return call()
        except Died:
            injection.struck += 1
            raise named_error("Lambda.Unknown", "the process exited") from None
        finally:
            injection.shop.watchers.remove(kill)


@dataclass(frozen=True)
class Stopped(Fault):
    """The whole execution ends when this state has done its work, as when somebody stops it."""

    def strike(self, injection: Injection, call: Invoke) -> Any:
        answer = call()
        if not injection.struck:
            injection.struck += 1
            injection.shop.executions.stop(str(injection.payload["order_id"]))
        return answer


@dataclass(frozen=True)
class Delivered(Fault):
    """The state's own events reach the consumers `twice`, or after (`late`) or before (`early`) all others."""

    how: str

    def strike(self, injection: Injection, call: Invoke) -> Any:
        injection.struck += 1
        before = _events()
        answer = call()
        injection.events |= _events() - before
        return answer


def _events() -> set[str]:
    return {image["id"]["S"] for image in outbox()}


@dataclass(frozen=True)
class Token(Fault):
    """The customer pays, so that the token comes, in a way that is not the usual one."""

    how: str

    def strike(self, injection: Injection, call: Invoke) -> Any:
        shop, order_id = injection.shop, str(injection.payload["order_id"])
        injection.struck += 1
        if self.how == "early":
            shop.pay(order_id)
            return call()
        answer = call()
        payers = [Thread(target=shop.pay, args=(order_id,)) for _ in range(2)]
        for payer in payers:
            payer.start()
            if self.how != "at once":
                payer.join()
        for payer in payers:
            payer.join()
        if self.how == "twice":
            with suppress(ClientError):  # the token is used up
                shop.executions.succeed_task(str(injection.payload["task_token"]), {"payment_method": "pm_card_visa"})
        return answer


@dataclass(frozen=True)
class TokenLost(Fault):
    """Nobody pays, so the token never comes."""

    scenario: ClassVar[str] = "never paid"

    def strike(self, injection: Injection, call: Invoke) -> Any:
        injection.struck += 1
        return call()


@dataclass(frozen=True)
class TokenLate(TokenLost):
    """The customer pays when the wait is over and the way back has begun."""
