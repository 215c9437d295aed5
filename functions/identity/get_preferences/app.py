"""GET /users/me/preferences: how one wants to be treated."""

from identity import bootstrap
from identity.user_views import ETAG, PreferencesView
from kernel import etag
from kernel.http import App, Reply, Request, Route
from kernel.settings import Settings

preferences = bootstrap.preferences(Settings.from_env())
app = App(
    Route(
        method="GET",
        path="/users/me/preferences",
        summary="Read one's preferences; version 0 is what holds for somebody who never said anything",
        response=PreferencesView,
        headers=ETAG,
    )
)


@app.handler
def get_preferences(request: Request) -> Reply:
    found = preferences.get(request.caller.user_id)
    return Reply(PreferencesView.of(found), headers={"ETag": etag.of_version(found.version)})
