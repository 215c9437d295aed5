"""GET /orders: one's own orders, or for staff everybody's, newest first."""

from kernel.http import App, Request, Route
from kernel.settings import Settings
from orders import bootstrap
from orders.views import ListOrdersQuery, OrderPage, order_summary

find = bootstrap.list_orders(Settings.from_env())
app = App(
    Route(
        method="GET",
        path="/orders",
        summary="List orders",
        query=ListOrdersQuery,
        response=OrderPage,
        scopes=frozenset({"orders:read"}),
    )
)


@app.handler
def list_orders(query: ListOrdersQuery, request: Request) -> OrderPage:
    found, following = find(
        request.caller, status=query.status, customer_id=query.customer_id, limit=query.limit, cursor=query.cursor
    )
    return OrderPage([order_summary(each, request.base_url) for each in found], following)
