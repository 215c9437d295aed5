"""GET /users: all accounts, newest first, for admins."""

from identity import bootstrap
from identity.user_views import ListUsers, UserList, UserView
from kernel.http import App, Request, Route
from kernel.settings import Settings

directory = bootstrap.directory(Settings.from_env())
app = App(
    Route(
        method="GET",
        path="/users",
        summary="List accounts, newest first; deleted ones only with status=deleted. A page may be short of its limit",
        query=ListUsers,
        response=UserList,
        scopes=frozenset({"users:manage"}),
    )
)


@app.handler
def list_users(query: ListUsers, request: Request) -> UserList:
    found, following = directory.page(query.role, query.status, query.limit, query.cursor)
    return UserList([UserView.of(user) for user in found], following)
