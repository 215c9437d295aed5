"""GET /orders/{order_id}: one order, for its owner, for staff, or for the guest who holds its link."""

from kernel import etag
from kernel.http import App, Reply, Request, Route
from kernel.settings import Settings
from orders import bootstrap
from orders.errors import OrderNotFound
from orders.views import GuestQuery, OrderView, order_view

access = bootstrap.access(Settings.from_env())
app = App(
    Route(
        method="GET",
        path="/orders/{order_id}",
        summary="Read an order",
        query=GuestQuery,
        response=OrderView,
        auth="optional",
        scopes=frozenset({"orders:read"}),
        errors=(OrderNotFound,),
        headers={"ETag": "The order's version"},
    )
)


@app.handler
def get_order(order_id: str, query: GuestQuery, request: Request) -> Reply:
    order = access.order(order_id, request.caller, query.token)
    return Reply(order_view(order, request.base_url), headers={"ETag": etag.of_version(order.version)})
