"""PUT /users/me/addresses/{address_id}: another place under the same id."""

from identity import bootstrap
from identity.user_api import WantedAddress
from identity.user_errors import AccountNotActive, AddressNotFound
from identity.user_views import ETAG, AddressView, address_tag
from kernel.errors import PreconditionFailed, PreconditionRequired
from kernel.http import App, Reply, Request, Route
from kernel.settings import Settings

addresses = bootstrap.addresses(Settings.from_env())
app = App(
    Route(
        method="PUT",
        path="/users/me/addresses/{address_id}",
        summary="Replace one of one's addresses; orders keep the address that they were placed with",
        body=WantedAddress,
        response=AddressView,
        if_match=True,
        errors=(AccountNotActive, AddressNotFound, PreconditionFailed, PreconditionRequired),
        headers=ETAG,
    )
)


@app.handler
def put_address(address_id: str, body: WantedAddress, request: Request) -> Reply:
    me, match = request.caller.user_id, request.if_match
    book, changed = addresses.replace(me, address_id, body.place(), default=body.default, if_match=match)
    shown = AddressView.of(book, changed)
    return Reply(shown, headers={"ETag": address_tag(shown)})
