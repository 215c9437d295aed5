"""GET /auth/verify: whom an access token speaks for, and how long it is good."""

from identity.views import TokenView
from kernel.http import App, Request, Route

app = App(Route(method="GET", path="/auth/verify", summary="Verify an access token", response=TokenView))


@app.handler
def verify_token(request: Request) -> TokenView:
    """Signature, times and access were checked by the authorizer; what it found is the answer."""
    caller = request.caller
    return {
        "user_id": caller.user_id,
        "email": caller.email,
        "roles": sorted(caller.roles),
        "scopes": sorted(caller.scopes),
        "session_id": caller.session_id,
        "issued_at": caller.issued_at,
        "expires_at": caller.expires_at,
    }
