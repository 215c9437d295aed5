"""DELETE /users/me/addresses/{address_id}: take an address out of the book."""

from identity import bootstrap
from identity.user_errors import AccountNotActive, AddressNotFound
from kernel.errors import PreconditionFailed, PreconditionRequired
from kernel.http import App, Reply, Request, Route
from kernel.settings import Settings

addresses = bootstrap.addresses(Settings.from_env())
app = App(
    Route(
        method="DELETE",
        path="/users/me/addresses/{address_id}",
        summary="Delete one of one's addresses; the oldest of the others follows a default",
        status=204,
        if_match=True,
        errors=(AccountNotActive, AddressNotFound, PreconditionFailed, PreconditionRequired),
    )
)


@app.handler
def delete_address(address_id: str, request: Request) -> Reply:
    addresses.remove(request.caller.user_id, address_id, request.if_match)
    return Reply(status=204)
