"""PATCH /users/me: change one's own account by a JSON merge patch."""

from identity import bootstrap
from identity.user_api import ChangeProfile
from identity.user_errors import AccountNotActive
from identity.user_views import ETAG, UserView
from kernel import etag
from kernel.errors import PreconditionFailed, PreconditionRequired
from kernel.http import App, Reply, Request, Route
from kernel.settings import Settings

profile = bootstrap.profile(Settings.from_env())
app = App(
    Route(
        method="PATCH",
        path="/users/me",
        summary="Change one's own account; a JSON merge patch. The e-mail address cannot be changed",
        body=ChangeProfile,
        response=UserView,
        if_match=True,
        errors=(AccountNotActive, PreconditionFailed, PreconditionRequired),
        headers=ETAG,
    )
)


@app.handler
def change_profile(body: ChangeProfile, request: Request) -> Reply:
    user = profile.rename(request.caller.user_id, body.new_name(), request.if_match)
    return Reply(UserView.of(user), headers={"ETag": etag.of_version(user.version)})
