"""What identity answers when it refuses."""

from kernel.errors import AgoraError, Conflict, TooManyRequests, Unauthorised


class EmailTaken(Conflict):
    """An account with this e-mail address exists, and the password given is not its own."""

    slug, title = "email-taken", "There is an account with this e-mail address"


class InvalidCredentials(Unauthorised):
    """No account has this e-mail address and password. Which of the two is wrong is nobody's business."""

    slug, title = "invalid-credentials", "E-mail address or password is wrong"


class InvalidRefreshToken(Unauthorised):
    """The refresh token is not the latest one of a session: it was used before, ended, ran out or was made up."""

    slug, title = "invalid-refresh-token", "The refresh token is not good any more"


class InvalidMailToken(Unauthorised):
    """The token is not one that a mail brought, was used, or ran out: after 24 hours or, for a reset, 30 minutes."""

    slug, title = "invalid-mail-token", "The token from the mail is not good any more"


class TooManyAttempts(TooManyRequests):
    """Too many failed attempts on this account or from this address."""

    slug, title = "too-many-attempts", "Too many failed attempts"


def too_many(seconds: int) -> TooManyAttempts:
    """The refusal that says when there is a place again."""
    return TooManyAttempts("wait before trying again", headers={"Retry-After": str(seconds)})


class InvalidToken(AgoraError):
    """The text is not an access token that this deployment issued for its API and that is still good."""


class UnknownWish(AgoraError):
    """What an operator asks of the rotation is nothing that it does."""


class UnknownRole(AgoraError):
    """A role that Agora does not have."""
