"""GET /users/me/addresses/{address_id}: one of one's addresses."""

from identity import bootstrap
from identity.user_errors import AddressNotFound
from identity.user_views import ETAG, AddressView, address_tag
from kernel.http import App, Reply, Request, Route
from kernel.settings import Settings

addresses = bootstrap.addresses(Settings.from_env())
app = App(
    Route(
        method="GET",
        path="/users/me/addresses/{address_id}",
        summary="Read one of one's addresses",
        response=AddressView,
        errors=(AddressNotFound,),
        headers=ETAG,
    )
)


@app.handler
def get_address(address_id: str, request: Request) -> Reply:
    book = addresses.book(request.caller.user_id)
    found = AddressView.of(book, book.get(address_id))
    return Reply(found, headers={"ETag": address_tag(found)})
