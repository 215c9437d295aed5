"""What the routes under /users answer when they refuse."""

from kernel.errors import Conflict, NotFound, Unauthorised


class UserNotFound(NotFound):
    """No account has this id."""

    slug, title = "user-not-found", "No such user"


class AccountNotActive(Unauthorised):
    """The token is still good for a moment, and its account is not."""

    slug, title = "account-not-active", "The account is not active"


class StatusRefused(Conflict):
    """The account's status does not allow the one asked for; a deleted account stays deleted."""

    slug, title = "status-refused", "The account cannot be given this status"


class OwnAccess(Conflict):
    """An admin would lose their own access; another admin has to do it."""

    slug, title = "own-access", "Admins cannot lock themselves out"


class AddressNotFound(NotFound):
    """The account has no address with this id."""

    slug, title = "address-not-found", "No such address"


class TooManyAddresses(Conflict):
    """The account has as many addresses as it may."""

    slug, title = "too-many-addresses", "The address book is full"
