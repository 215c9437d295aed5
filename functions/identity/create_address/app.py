"""POST /users/me/addresses: one more address."""

from identity import bootstrap
from identity.user_api import WantedAddress
from identity.user_errors import AccountNotActive, TooManyAddresses
from identity.user_views import ETAG, AddressView, address_tag
from kernel.http import App, Reply, Request, Route
from kernel.settings import Settings

addresses = bootstrap.addresses(Settings.from_env())
app = App(
    Route(
        method="POST",
        path="/users/me/addresses",
        summary="Add an address; the first is the default",
        body=WantedAddress,
        response=AddressView,
        status=201,
        idempotent=True,
        errors=(AccountNotActive, TooManyAddresses),
        headers={**ETAG, "Location": "The address"},
    )
)


@app.handler
def create_address(body: WantedAddress, request: Request) -> Reply:
    key = request.required_idempotency_key()
    answer = addresses.add(request.caller.user_id, body.place(), default=body.default, key=key)
    made = AddressView(**answer.body)
    location = f"{request.base_url}/users/me/addresses/{made.address_id}"
    return Reply(made, answer.status, headers={"ETag": address_tag(made), "Location": location})
