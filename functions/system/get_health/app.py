"""GET /health: says that the API can serve requests."""

from kernel.http import App, Request, Route
from kernel.settings import Settings
from system import application, bootstrap
from system.model import Health

deployment = bootstrap.deployment(Settings.from_env())
app = App(Route(method="GET", path="/health", summary="Health", response=Health, auth="none", usage="open"))


@app.handler
def get_health(request: Request) -> Health:
    return application.health(deployment)
