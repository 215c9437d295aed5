"""What the system context answers when it refuses."""

from kernel.errors import NotFound


class PageNotFound(NotFound):
    """The documentation has no page or file of this name."""

    slug, title = "page-not-found", "No such page"
