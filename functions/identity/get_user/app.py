"""GET /users/{user_id}: one account, for admins."""

from identity import bootstrap
from identity.user_errors import UserNotFound
from identity.user_views import ETAG, ManagedUserView
from kernel import etag
from kernel.http import App, Reply, Request, Route
from kernel.settings import Settings

users = bootstrap.management(Settings.from_env())
app = App(
    Route(
        method="GET",
        path="/users/{user_id}",
        summary="Read an account",
        response=ManagedUserView,
        scopes=frozenset({"users:manage"}),
        errors=(UserNotFound,),
        headers=ETAG,
    )
)


@app.handler
def get_user(user_id: str, request: Request) -> Reply:
    user = users.get(user_id)
    shown = ManagedUserView.of_managed(user, users.note(user))
    return Reply(shown, headers={"ETag": etag.of_version(user.version)})
