"""PUT /users/me/preferences: say how one wants to be treated."""

from identity import bootstrap
from identity.user_api import WantedPreferences
from identity.user_errors import AccountNotActive
from identity.user_views import ETAG, PreferencesView
from kernel import etag
from kernel.errors import PreconditionFailed, PreconditionRequired
from kernel.http import App, Reply, Request, Route
from kernel.settings import Settings

preferences = bootstrap.preferences(Settings.from_env())
app = App(
    Route(
        method="PUT",
        path="/users/me/preferences",
        summary="Replace one's preferences; 201 for the first time, which needs no If-Match",
        body=WantedPreferences,
        response=PreferencesView,
        other_statuses=(201,),
        if_match="optional",
        errors=(AccountNotActive, PreconditionFailed, PreconditionRequired),
        headers=ETAG,
    )
)


@app.handler
def put_preferences(body: WantedPreferences, request: Request) -> Reply:
    said = preferences.put(request.caller.user_id, body.preferences(), request.if_match)
    status = 201 if said.version == 1 else 200
    return Reply(PreferencesView.of(said), status, headers={"ETag": etag.of_version(said.version)})
