"""POST /orders: take an order; the saga prices it, holds the stock and takes the payment."""

from kernel.http import App, Reply, Request, Route, Throttle
from kernel.settings import Settings
from kernel.telemetry import logger
from orders import bootstrap
from orders.api import PlaceOrder
from orders.errors import OrderLimitReached, OrderNotAcceptable, StaffOnly
from orders.views import OrderAccepted

place = bootstrap.place_order(Settings.from_env())
app = App(
    Route(
        method="POST",
        path="/orders",
        summary="Place an order",
        body=PlaceOrder,
        response=OrderAccepted,
        status=202,
        auth="optional",
        scopes=frozenset({"orders:place"}),
        throttle=Throttle(rate=100, burst=200),
        idempotent=True,
        errors=(OrderLimitReached, OrderNotAcceptable, StaffOnly),
        headers={"Location": "Where to read the order"},
    )
)


@app.handler
def place_order(body: PlaceOrder, request: Request) -> Reply:
    answer = place(body.to_wanted(), request.caller, request.required_idempotency_key(), request.base_url)
    logger().append_keys(order_id=answer.body["order_id"])  # so that the order's id finds its request
    return Reply(answer.body, answer.status, {"Location": answer.body["links"]["self"]})
