"""DELETE /users/me: delete one's own account and everything personal, for good."""

from identity import bootstrap
from identity.user_errors import AccountNotActive, OwnAccess
from kernel.errors import PreconditionFailed, PreconditionRequired
from kernel.http import App, Reply, Request, Route
from kernel.settings import Settings

profile = bootstrap.profile(Settings.from_env())
app = App(
    Route(
        method="DELETE",
        path="/users/me",
        summary="Delete one's own account for good; orders stay, without the person",
        status=204,
        if_match=True,
        errors=(AccountNotActive, OwnAccess, PreconditionFailed, PreconditionRequired),
    )
)


@app.handler
def delete_profile(request: Request) -> Reply:
    profile.delete(request.caller.user_id, request.if_match)
    return Reply(status=204)
