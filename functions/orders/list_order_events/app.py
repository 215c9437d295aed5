"""GET /orders/{order_id}/events: the history of an order, event by event."""

from kernel.http import App, Request, Route
from kernel.settings import Settings
from orders import bootstrap
from orders.errors import OrderNotFound
from orders.views import EventPage, PageQuery, event_view

history = bootstrap.list_order_events(Settings.from_env())
app = App(
    Route(
        method="GET",
        path="/orders/{order_id}/events",
        summary="Read an order's history",
        query=PageQuery,
        response=EventPage,
        scopes=frozenset({"orders:read"}),
        errors=(OrderNotFound,),
    )
)


@app.handler
def list_order_events(order_id: str, query: PageQuery, request: Request) -> EventPage:
    found, following = history(order_id, request.caller, limit=query.limit, cursor=query.cursor)
    return EventPage([event_view(event) for event in found], following)
