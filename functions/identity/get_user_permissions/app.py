"""GET /users/{user_id}/permissions: what an account may do, for admins."""

from identity import bootstrap
from identity.user_errors import UserNotFound
from identity.user_views import ETAG, Permissions
from kernel import etag
from kernel.http import App, Reply, Request, Route
from kernel.settings import Settings

users = bootstrap.management(Settings.from_env())
app = App(
    Route(
        method="GET",
        path="/users/{user_id}/permissions",
        summary="Read the roles of an account and the scopes that they give",
        response=Permissions,
        scopes=frozenset({"users:manage"}),
        errors=(UserNotFound,),
        headers=ETAG,
    )
)


@app.handler
def get_user_permissions(user_id: str, request: Request) -> Reply:
    user = users.get(user_id)
    return Reply(Permissions.of(user), headers={"ETag": etag.of_version(user.version)})
