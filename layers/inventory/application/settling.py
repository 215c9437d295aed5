"""Bringing a reservation from one resting state to another, whatever its size and whoever began it."""

from datetime import datetime

from inventory import events
from inventory.errors import Lost, Short
from inventory.ports import Reservations
from inventory.reservation import Effect, Part, PartState, Reservation, State, Step
from kernel import telemetry
from kernel.clock import Clock

_UNDO = {PartState.TAKEN: Effect.RETURN, PartState.COMMITTED: Effect.RESTORE}


class Settler:
    """Single transactions for small reservations; intent, parts and result for large ones.

    Every method raises `Lost` when somebody else moved the reservation on: read it again and look what is left to do.
    A large reservation states its intent (HOLDING, COMMITTING, LAPSING, RELEASING) before the first part and its
    result after the last, so that a crash in between leaves something that anybody can finish.
    """

    def __init__(self, reservations: Reservations, clock: Clock) -> None:
        self._reservations = reservations
        self._clock = clock

    def take_parts(self, holding: Reservation) -> Reservation:
        """HOLDING → HELD. Raises `Short` with the parts taken so far still taken."""
        present = self._reservations.parts(holding.id)
        for number in holding.parts():
            marker = present.get(number)
            if marker is None:
                self._step_part(holding, Part(number, PartState.TAKEN), Effect.TAKE)
            elif marker.state is PartState.RETURNED:
                self._step_part(holding, marker.to(PartState.TAKEN), Effect.TAKE)
        return self._write(holding.to(State.HELD, self._clock()))

    def commit(self, reservation: Reservation) -> Reservation:
        """HELD or COMMITTING → COMMITTED."""
        now = self._clock()
        if reservation.is_small:
            done = reservation.to(State.COMMITTED, now)
            step = Step(done, reservation.demand, Effect.COMMIT, event=events.stock_committed(done, now))
            return self._apply(step)
        if reservation.state is State.HELD:
            reservation = self._write(reservation.to(State.COMMITTING, now))
        for marker in self._reservations.parts(reservation.id).values():
            if marker.state is PartState.TAKEN:
                self._step_part(reservation, marker.to(PartState.COMMITTED), Effect.COMMIT)
        done = reservation.to(State.COMMITTED, now)
        return self._apply(Step(done, event=events.stock_committed(done, now)))

    def lapse(self, reservation: Reservation) -> Reservation:
        """HOLDING, HELD or LAPSING → LAPSED."""
        return self._undo(reservation, State.LAPSING, State.LAPSED)

    def release(self, reservation: Reservation) -> Reservation:
        """Anything but COMMITTING → RELEASED."""
        return self._undo(reservation, State.RELEASING, State.RELEASED)

    def finish(self, reservation: Reservation) -> Reservation:
        """What is due: the rest of a commit or release that was begun, or the end of a hold that expired."""
        match reservation.state:
            case State.COMMITTING:
                return self.commit(reservation)
            case State.RELEASING:
                return self.release(reservation)
            case _:
                return self.lapse(reservation)

    def _undo(self, reservation: Reservation, intent: State, result: State) -> Reservation:
        now = self._clock()
        if reservation.state is State.LAPSED:
            return self._write(reservation.to(result, now))
        if reservation.is_small:
            effect = Effect.RESTORE if reservation.committed else Effect.RETURN
            return self._end(reservation, result, effect, now)
        if reservation.state is not intent:
            reservation = self._write(reservation.to(intent, now))
        for marker in self._reservations.parts(reservation.id).values():
            if marker.state in _UNDO:
                self._step_part(reservation, marker.to(PartState.RETURNED), _UNDO[marker.state])
        return self._end(reservation, result, None, now)

    def _end(self, reservation: Reservation, result: State, effect: Effect | None, now: datetime) -> Reservation:
        done = reservation.to(result, now)
        event = events.stock_released(done, now) if reservation.committed else None
        return self._apply(Step(done, reservation.demand if effect else {}, effect or Effect.RETURN, event=event))

    def _step_part(self, reservation: Reservation, part: Part, effect: Effect) -> None:
        lines = reservation.parts()[part.number]
        self._reservations.apply(Step(reservation, lines, effect, part=part))

    def _write(self, reservation: Reservation) -> Reservation:
        return self._apply(Step(reservation))

    def _apply(self, step: Step) -> Reservation:
        self._reservations.apply(step)
        return step.reservation


def settle_due(reservations: Reservations, settler: Settler, now: datetime) -> int:
    """Finish everything that is due; the number of reservations that this call finished.

    One that cannot be finished is logged, and does not keep the others from it.
    """
    finished = 0
    for reservation in reservations.due(now):
        try:
            settler.finish(reservation)
        except Lost:
            continue  # somebody else is at it, or it was committed after all
        except Short as gone:  # giving back needs the record of the stock: somebody deleted it past the code
            telemetry.logger().error("no record of held stock", reservation_id=reservation.id, skus=sorted(gone.skus))
            continue
        finished += 1
    return finished
