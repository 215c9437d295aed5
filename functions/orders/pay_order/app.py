"""POST /orders/{order_id}/pay: say how an order is paid that was placed without a payment method."""

from kernel.http import App, Reply, Request, Route, Throttle
from kernel.settings import Settings
from orders import bootstrap
from orders.api import PayOrder
from orders.errors import NotAwaitingPayment, OrderNotAcceptable, OrderNotFound
from orders.views import GuestQuery, PaymentAccepted

pay = bootstrap.pay_order(Settings.from_env())
app = App(
    Route(
        method="POST",
        path="/orders/{order_id}/pay",
        summary="Pay an order placed without a payment method",
        query=GuestQuery,
        body=PayOrder,
        response=PaymentAccepted,
        status=202,
        auth="optional",
        scopes=frozenset({"orders:place"}),
        throttle=Throttle(rate=50, burst=100),
        idempotent=True,
        errors=(NotAwaitingPayment, OrderNotAcceptable, OrderNotFound),
    )
)


@app.handler
def pay_order(order_id: str, body: PayOrder, query: GuestQuery, request: Request) -> Reply:
    key = request.required_idempotency_key()
    answer = pay(order_id, body.payment_method, request.caller, key, query.token)
    return Reply(answer.body, answer.status)
