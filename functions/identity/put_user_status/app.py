"""PUT /users/{user_id}/status: let an account in or keep it out, for admins."""

from identity import bootstrap
from identity.user_api import WantedStatus
from identity.user_errors import OwnAccess, StatusRefused, UserNotFound
from identity.user_views import ETAG, UserView
from kernel import etag
from kernel.errors import PreconditionFailed, PreconditionRequired
from kernel.http import App, Reply, Request, Route
from kernel.settings import Settings

users = bootstrap.management(Settings.from_env())
app = App(
    Route(
        method="PUT",
        path="/users/{user_id}/status",
        summary="Give an account a status; access that it had ends within 60 seconds. `deleted` erases the person",
        body=WantedStatus,
        response=UserView,
        scopes=frozenset({"users:manage"}),
        if_match=True,
        errors=(UserNotFound, StatusRefused, OwnAccess, PreconditionFailed, PreconditionRequired),
        headers=ETAG,
    )
)


@app.handler
def put_user_status(user_id: str, body: WantedStatus, request: Request) -> Reply:
    by = request.caller.user_id
    user = users.set_status(user_id, body.wanted(), body.reason, request.if_match, by)
    return Reply(UserView.of(user), headers={"ETag": etag.of_version(user.version)})
