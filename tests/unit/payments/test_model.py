"""The payment's states, and what can be given back."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from kernel.money import Money
from payments.errors import IllegalTransition, InvalidRefund, RefundExceedsCapture, RefundKeyReused
from payments.model import MAX_REFUNDS, TRANSITIONS, Payment, PaymentStatus
from tests.unit.payments.support import NOW, PRICE

ORDER_ID = "ord_01JD7Z8Q0R9V4M2T6X8Y0A1B2C"


def in_status(status: PaymentStatus) -> Payment:
    return replace(Payment.of_order(ORDER_ID, NOW, amount=PRICE), status=status)


def captured() -> Payment:
    return Payment.of_order(ORDER_ID, NOW, amount=PRICE).authorised("ref", NOW).captured(NOW)


def gbp(units: int) -> Money:
    return Money(units, "GBP")


@pytest.mark.parametrize("before", PaymentStatus)
@pytest.mark.parametrize("after", ["authorised", "declined", "captured", "voided"])
def test_only_the_moves_of_the_table_are_possible(before: PaymentStatus, after: str) -> None:
    payment = in_status(before)
    moves = {
        "authorised": lambda: payment.authorised("ref", NOW),
        "declined": lambda: payment.declined("no", NOW),
        "captured": lambda: payment.captured(NOW),
        "voided": lambda: payment.voided("why", NOW),
    }
    allowed = PaymentStatus(after.upper()) in TRANSITIONS[before]
    if allowed:
        assert moves[after]().status == after.upper()
    else:
        with pytest.raises(IllegalTransition):
            moves[after]()


@pytest.mark.parametrize(
    "status", sorted(set(PaymentStatus) - {PaymentStatus.CAPTURED, PaymentStatus.PARTIALLY_REFUNDED})
)
def test_money_that_is_not_here_cannot_be_refunded(status: PaymentStatus) -> None:
    with pytest.raises(IllegalTransition):
        in_status(status).refund_started("key", gbp(1), NOW)


def test_what_ends_a_payment_leads_nowhere() -> None:
    ends = {status for status, following in TRANSITIONS.items() if not following}
    assert ends == {PaymentStatus.VOIDED, PaymentStatus.DECLINED, PaymentStatus.REFUNDED}
    assert set(TRANSITIONS) == set(PaymentStatus)


def test_a_tombstone_has_no_amount_and_tells_no_event() -> None:
    tombstone = Payment.of_order(ORDER_ID, NOW).voided("order_cancelled", NOW)
    assert (tombstone.status, tombstone.version, tombstone.sequence) == (PaymentStatus.VOIDED, 1, 0)
    with pytest.raises(IllegalTransition):
        _ = tombstone.total


def test_a_refund_on_its_way_counts_before_it_is_confirmed() -> None:
    payment = captured().refund_started("a", gbp(1000), NOW)
    assert (payment.refundable, payment.refunded) == (gbp(250), gbp(0))
    with pytest.raises(RefundExceedsCapture):
        payment.refund_started("b", gbp(251), NOW)


def test_two_equal_refunds_are_two_and_a_repeated_key_is_not() -> None:
    payment = captured().refund_started("a", gbp(100), NOW).refund_started("b", gbp(100), NOW)
    with pytest.raises(RefundKeyReused):
        payment.refund_started("a", gbp(100), NOW)
    assert payment.refundable == gbp(1050)


def test_a_refused_refund_can_be_asked_again() -> None:
    payment = captured().refund_started("a", PRICE, NOW).refund_refused("a", NOW)
    assert payment.refundable == PRICE


@pytest.mark.parametrize("units", [0, -1])
def test_refunds_of_nothing_or_less_are_refused(units: int) -> None:
    with pytest.raises(InvalidRefund):
        captured().refund_started("a", gbp(units), NOW)


def test_refunds_have_a_limit_so_that_the_item_stays_small() -> None:
    payment = captured()
    for index in range(MAX_REFUNDS):
        payment = payment.refund_started(str(index), gbp(1), NOW)
    with pytest.raises(InvalidRefund):
        payment.refund_started("one more", gbp(1), NOW)


@given(st.lists(st.integers(1, 500), min_size=1, max_size=12))
def test_the_state_after_refunds_follows_from_their_sum(amounts: list[int]) -> None:
    payment = captured()
    given_back = 0
    for index, units in enumerate(amounts):
        if given_back + units > PRICE.amount:
            with pytest.raises(RefundExceedsCapture):
                payment.refund_started(str(index), gbp(units), NOW)
            continue
        payment = payment.refund_started(str(index), gbp(units), NOW).refund_done(str(index), NOW)
        given_back += units
        whole = given_back == PRICE.amount
        assert payment.status == (PaymentStatus.REFUNDED if whole else PaymentStatus.PARTIALLY_REFUNDED)
        if whole:
            break
    assert payment.refunded == gbp(given_back)
    assert payment.refundable == gbp(PRICE.amount - given_back)


class AnyLife(RuleBasedStateMachine):
    """A payment under any moves, allowed or not."""

    def __init__(self) -> None:
        super().__init__()
        self.payment = Payment.of_order(ORDER_ID, NOW, amount=PRICE)
        self.writes = 0

    def _move(self, after: Payment) -> None:
        assert after.status == self.payment.status or after.status in TRANSITIONS[self.payment.status]
        self.payment = after
        self.writes += 1

    @rule(move=st.sampled_from(["authorised", "declined", "captured", "voided"]))
    def moved(self, move: str) -> None:
        arguments = {"authorised": ("ref",), "declined": ("no",), "captured": (), "voided": ("why",)}[move]
        try:
            self._move(getattr(self.payment, move)(*arguments, NOW))
        except IllegalTransition:
            return

    @rule(key=st.sampled_from("abcd"), units=st.integers(-1, PRICE.amount + 1))
    def refund_started(self, key: str, units: int) -> None:
        try:
            self._move(self.payment.refund_started(key, gbp(units), NOW))
        except (IllegalTransition, InvalidRefund, RefundExceedsCapture, RefundKeyReused):
            return

    @rule(key=st.sampled_from("abcd"), refused=st.booleans())
    def refund_answered(self, key: str, *, refused: bool) -> None:
        refund = self.payment.refund(key)
        if refund is not None and not refund.done:
            self._move(self.payment.refund_refused(key, NOW) if refused else self.payment.refund_done(key, NOW))

    @invariant()
    def no_more_goes_back_than_came(self) -> None:
        assert 0 <= self.payment.refunded.amount <= PRICE.amount
        assert self.payment.refundable.amount >= 0
        if self.payment.refunds:
            assert self.payment.status in {
                PaymentStatus.CAPTURED,
                PaymentStatus.PARTIALLY_REFUNDED,
                PaymentStatus.REFUNDED,
            }
        assert (self.payment.status is PaymentStatus.REFUNDED) == (self.payment.refunded == PRICE)

    @invariant()
    def each_write_has_its_version(self) -> None:
        assert self.payment.version == self.writes


TestAnyLife = AnyLife.TestCase
