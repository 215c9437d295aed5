"""GET /users/me: one's own account."""

from identity import bootstrap
from identity.user_errors import AccountNotActive
from identity.user_views import ETAG, UserView
from kernel import etag
from kernel.http import App, Reply, Request, Route
from kernel.settings import Settings

profile = bootstrap.profile(Settings.from_env())
app = App(
    Route(
        method="GET",
        path="/users/me",
        summary="Read one's own account",
        response=UserView,
        errors=(AccountNotActive,),
        headers=ETAG,
    )
)


@app.handler
def get_profile(request: Request) -> Reply:
    user = profile.get(request.caller.user_id)
    return Reply(UserView.of(user), headers={"ETag": etag.of_version(user.version)})
