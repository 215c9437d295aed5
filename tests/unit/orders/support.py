"""Orders on its fakes."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from kernel.http.caller import Caller
from kernel.idempotency import Answer, IdempotencyKey
from kernel.money import Money
from orders.application import pay, place, read, rebuild, steps, sweep
from orders.bootstrap import SANDBOX_PAYMENT_METHODS
from orders.fakes import FakeCatalogue, FakeOrders, FakeRates, FakeSagas
from orders.guest import SignedLinks
from orders.model import Address, Order, RequestedLine
from orders.pricing import Offer
from orders.shipping_rates import RateTable

ADDRESS = Address("Ada Lovelace", "12 St James's Square", "London", "SW1Y 4JH", "GB")
RATES = RateTable(
    "GBP",
    {
        "standard": {"zones": {"GB": [{"up_to_grams": 2000, "amount": 395}, {"up_to_grams": 30000, "amount": 995}]}},
        "express": {"zones": {"GB": [{"amount": 795}], "*": [{"amount": 2995}]}},
        "collect": None,
    },
    {"GB": ["GB"], "EU": ["DE", "FR"]},
)
CUSTOMER = Caller("usr_ada", "ada@example.com", frozenset({"customer"}), frozenset({"orders:place", "orders:read"}))
OTHER = Caller("usr_bob", "bob@example.com", frozenset({"customer"}), frozenset({"orders:place", "orders:read"}))
STAFF = Caller("usr_staff", "staff@example.com", frozenset({"staff"}), frozenset({"orders:place", "orders:read"}))
GUEST = Caller(api_key_id="key-1")


def offer(sku: str = "MUG", price: int = 1250, currency: str = "GBP", **fields: Any) -> Offer:
    """A product; tax is 20 %, contained in the price, unless said otherwise."""
    values: dict[str, Any] = {
        "name": f"The {sku}",
        "tax_rate": Decimal("0.2"),
        "tax_included": True,
        "discount_rate": Decimal(0),
        "weight_grams": 300,
        "stocked": True,
        **fields,
    }
    return Offer(sku=sku, price=Money(price, currency), **values)


def wanted(*lines: RequestedLine, **fields: Any) -> place.Wanted:
    """An order for two mugs, unless said otherwise."""
    values: dict[str, Any] = {
        "currency": "GBP",
        "shipping_method": "standard",
        "shipping_address": ADDRESS,
        "payment_method": "pm_card_visa",
        "email": None,
        "on_behalf_of": None,
        "adjustments": (),
        **fields,
    }
    return place.Wanted(lines=lines or (RequestedLine("MUG", 2),), **values)


@dataclass
class Clock:
    """A clock that a test sets."""

    now: datetime = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **amounts: float) -> None:
        """Let time pass."""
        self.now += timedelta(**amounts)


@dataclass
class Orders:
    """Every use case on one set of fakes. MUG, LAMP and CARD (not stocked) are sold in pounds, CUP in euros."""

    repository: FakeOrders = field(default_factory=FakeOrders)
    catalogue: FakeCatalogue = field(default_factory=FakeCatalogue)
    sagas: FakeSagas = field(default_factory=FakeSagas)
    clock: Clock = field(default_factory=Clock)
    _keys: int = 0

    def __post_init__(self) -> None:
        self.catalogue.sell(
            offer(),
            offer("LAMP", 3333, discount_rate=Decimal("0.1"), weight_grams=2500),
            offer("CARD", 500, stocked=False, weight_grams=0),
            offer("CUP", currency="EUR"),
        )
        self.links = SignedLinks(lambda: "secret")
        self.orders = steps.Orders(self.repository, self.clock)
        self.access = read.Access(self.repository, self.links)
        self.price = steps.PriceOrder(self.orders, self.catalogue, FakeRates(RATES), "GB")
        self.confirm = steps.ConfirmOrder(self.orders)
        self.fulfil = steps.FulfilOrder(self.orders)
        self.cancel = steps.CancelOrder(self.orders)
        self.park = steps.ParkOrder(self.orders)
        self.await_payment = pay.AwaitPayment(self.orders, self.sagas)
        self.rebuild = rebuild.RebuildProjection(self.repository)
        self.redrive = sweep.RedriveOrder(self.orders, sweep.Redrive(self.sagas))
        self._place = place.PlaceOrder(
            self.repository, self.catalogue, self.sagas, self.links, self.clock, SANDBOX_PAYMENT_METHODS
        )
        self._pay = pay.PayOrder(self.orders, self.access, self.sagas, SANDBOX_PAYMENT_METHODS)
        self.time_is_up = False

    def key(self, text: str = "", fingerprint: str = "same") -> IdempotencyKey:
        """A client's key, a new one unless named."""
        self._keys += 1
        return IdempotencyKey("scope", text or f"key-{self._keys}", fingerprint)

    def place(
        self, order: place.Wanted | None = None, caller: Caller = CUSTOMER, key: IdempotencyKey | None = None
    ) -> Answer:
        """POST /orders."""
        return self._place(order or wanted(), caller, key or self.key(), "/v1")

    def placed(self, *lines: RequestedLine, caller: Caller = CUSTOMER, **fields: Any) -> str:
        """The id of a new order."""
        return str(self.place(wanted(*lines, **fields), caller).body["order_id"])

    def pay(self, order_id: str, method: str = "pm_card_visa", caller: Caller = CUSTOMER, **arguments: Any) -> Answer:
        """POST /orders/{order_id}/pay."""
        return self._pay(order_id, method, caller, arguments.get("key") or self.key(), arguments.get("token"))

    def sweep(self) -> dict[str, Any]:
        """One run of the sweeper."""
        swept = sweep.SweepOrders(
            self.orders,
            self.sagas,
            sweep.Redrive(self.sagas),
            self.park,
            self.clock,
            lambda: 0 if self.time_is_up else 1,
        )
        return swept()

    def get(self, order_id: str) -> Order:
        """The stored order."""
        order = self.repository.get(order_id)
        assert order is not None
        return order

    def history(self, order_id: str) -> list[str]:
        """The names of the order's events."""
        return [event.name for event in self.repository.events(order_id, 0, 1000)]
