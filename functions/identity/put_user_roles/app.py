"""PUT /users/{user_id}/roles: say what an account may be used as, for admins."""

from identity import bootstrap
from identity.user_api import WantedRoles
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
        path="/users/{user_id}/roles",
        summary="Give an account exactly these roles; access that it had ends within 60 seconds",
        body=WantedRoles,
        response=UserView,
        scopes=frozenset({"users:manage"}),
        if_match=True,
        errors=(UserNotFound, StatusRefused, OwnAccess, PreconditionFailed, PreconditionRequired),
        headers=ETAG,
    )
)


@app.handler
def put_user_roles(user_id: str, body: WantedRoles, request: Request) -> Reply:
    user = users.set_roles(user_id, body.roles, request.if_match, request.caller.user_id)
    return Reply(UserView.of(user), headers={"ETag": etag.of_version(user.version)})
