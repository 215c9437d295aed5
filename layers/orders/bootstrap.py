"""The composition root of orders: what its functions are made of, from their settings."""

import time
from collections.abc import Callable

from kernel import dynamo
from kernel.clock import utc_now
from kernel.cursor import Cursors
from kernel.events import Event
from kernel.rpc import LambdaRpc
from kernel.secrets import StoredSecret
from kernel.settings import Settings
from orders import dynamo as tables
from orders import erasures
from orders.application import erase, pay, place, read, rebuild, steps, sweep
from orders.catalogue_rpc import CachedCatalogue, RpcCatalogue
from orders.guest import SignedLinks
from orders.rates_parameter import ParameterRates
from orders.step_functions import StepFunctionsSagas

SANDBOX_PAYMENT_METHODS = frozenset(
    {
        "pm_card_visa",
        "pm_card_declined",
        "pm_card_timeout_before_charge",
        "pm_card_timeout_after_charge",
        "pm_card_capture_fails",
    }
)


def place_order(settings: Settings) -> place.PlaceOrder:
    """`POST /orders`."""
    return place.PlaceOrder(
        repository=_repository(settings),
        catalogue=CachedCatalogue(RpcCatalogue(LambdaRpc(settings.prefix))),
        sagas=_sagas(settings),
        links=_links(settings),
        clock=utc_now,
        payment_methods=_payment_methods(settings),
        orders_per_minute=int(settings.get("ORDERS_PER_MINUTE", "0")),
    )


def pay_order(settings: Settings) -> pay.PayOrder:
    """`POST /orders/{order_id}/pay`."""
    return pay.PayOrder(_orders(settings), access(settings), _sagas(settings), _payment_methods(settings))


def access(settings: Settings) -> read.Access:
    """`GET /orders/{order_id}`."""
    return read.Access(_repository(settings), _links(settings))


def list_orders(settings: Settings) -> read.ListOrders:
    """`GET /orders`."""
    return read.ListOrders(_repository(settings), _cursors(settings), utc_now)


def list_order_events(settings: Settings) -> read.ListOrderEvents:
    """`GET /orders/{order_id}/events`."""
    return read.ListOrderEvents(access(settings), _cursors(settings))


def price_order(settings: Settings) -> steps.PriceOrder:
    """The saga's first step."""
    return steps.PriceOrder(
        orders=_orders(settings),
        catalogue=RpcCatalogue(LambdaRpc(settings.prefix)),
        rates=ParameterRates(f"/{settings.prefix}/shipping/rates"),
        home_country=settings.get("HOME_COUNTRY", "GB"),
    )


def confirm_order(settings: Settings) -> steps.ConfirmOrder:
    """The saga's confirmation."""
    return steps.ConfirmOrder(_orders(settings))


def fulfil_order(settings: Settings) -> steps.FulfilOrder:
    """The saga's last step."""
    return steps.FulfilOrder(_orders(settings))


def cancel_order(settings: Settings) -> steps.CancelOrder:
    """The saga's last compensation."""
    return steps.CancelOrder(_orders(settings))


def park_order(settings: Settings) -> steps.ParkOrder:
    """The saga's last resort."""
    return steps.ParkOrder(_orders(settings))


def await_payment(settings: Settings) -> pay.AwaitPayment:
    """The saga's wait for a payment method."""
    return pay.AwaitPayment(_orders(settings), _sagas(settings))


def sweep_orders(settings: Settings) -> Callable[[], dict[str, object]]:
    """The sweep of every minute, which ends in time for the next."""
    sagas, orders = _sagas(settings), _orders(settings)

    def run() -> dict[str, object]:
        end = time.monotonic() + float(settings.get("SWEEP_SECONDS", "40"))
        swept = sweep.SweepOrders(
            orders=orders,
            sagas=sagas,
            redrive=sweep.Redrive(sagas),
            park=steps.ParkOrder(orders),
            clock=utc_now,
            seconds_left=lambda: end - time.monotonic(),
        )
        return swept()

    return run


def erase_customer(settings: Settings) -> Callable[[Event], None]:
    """The first run of an erasure; each event has its own time."""
    eraser = _eraser(settings)
    return lambda event: eraser().handle(event)


def sweep_erasures(settings: Settings) -> Callable[[], dict[str, object]]:
    """The later runs."""
    eraser = _eraser(settings)

    def run() -> dict[str, object]:
        return erase.SweepErasures(eraser())()

    return run


def redrive_order(settings: Settings) -> sweep.RedriveOrder:
    """The operator's redrive."""
    return sweep.RedriveOrder(_orders(settings), sweep.Redrive(_sagas(settings)))


def rebuild_projection(settings: Settings) -> rebuild.RebuildProjection:
    """The operator's rebuild."""
    return rebuild.RebuildProjection(_repository(settings))


def _eraser(settings: Settings) -> Callable[[], erase.EraseCustomer]:
    """Makes one whose time begins now."""
    repository, seconds = _repository(settings), float(settings.get("ERASE_SECONDS", "20"))
    dynamo.bind(settings.table, erasures.ErasureItem)

    def eraser() -> erase.EraseCustomer:
        end = time.monotonic() + seconds
        return erase.EraseCustomer(repository, erasures.DynamoErasures(), utc_now, lambda: end - time.monotonic())

    return eraser


def _repository(settings: Settings) -> tables.DynamoOrders:
    dynamo.bind(settings.table, *tables.MODELS)
    return tables.DynamoOrders()


def _orders(settings: Settings) -> steps.Orders:
    return steps.Orders(_repository(settings), utc_now)


def _sagas(settings: Settings) -> StepFunctionsSagas:
    return StepFunctionsSagas(settings.require("ORDER_SAGA_ARN"))


def _secret(settings: Settings) -> StoredSecret:
    return StoredSecret(f"{settings.prefix}/cursor-key")


def _links(settings: Settings) -> SignedLinks:
    return SignedLinks(_secret(settings))


def _cursors(settings: Settings) -> Cursors:
    return Cursors(_secret(settings))


def _payment_methods(settings: Settings) -> frozenset[str]:
    """The sandbox knows its methods; another provider's are opaque, and it answers for them itself."""
    return SANDBOX_PAYMENT_METHODS if settings.get("PAYMENT_PROVIDER", "sandbox") == "sandbox" else frozenset()
