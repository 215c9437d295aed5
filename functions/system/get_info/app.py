"""GET /info: says which version runs, in which region and on which engine."""

from kernel.http import App, Request, Route
from kernel.settings import Settings
from system import bootstrap
from system.model import Deployment

deployment = bootstrap.deployment(Settings.from_env())
app = App(
    Route(method="GET", path="/info", summary="Version and place", response=Deployment, auth="none", usage="open")
)


@app.handler
def get_info(request: Request) -> Deployment:
    return deployment
