"""GET /users/me/addresses: one's address book."""

from identity import bootstrap
from identity.user_views import AddressList, AddressView
from kernel.http import App, Request, Route
from kernel.settings import Settings

addresses = bootstrap.addresses(Settings.from_env())
app = App(
    Route(
        method="GET",
        path="/users/me/addresses",
        summary="List one's addresses, oldest first; there are at most 50",
        response=AddressList,
    )
)


@app.handler
def list_addresses(request: Request) -> AddressList:
    book = addresses.book(request.caller.user_id)
    return AddressList([AddressView.of(book, each) for each in book.addresses])
