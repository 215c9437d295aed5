"""Bodies of identity's routes."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from identity.application.accounts import SignedIn
from identity.model import normalised_email
from identity.passwords import MAX_LENGTH, MIN_LENGTH
from kernel.bodies import Body


def _printable(text: str) -> str:
    stripped = text.strip()
    if not stripped or not stripped.isprintable():
        raise ValueError("must be printable text")
    return stripped


Email = Annotated[
    str,
    Field(min_length=3, max_length=254, description="Compared without regard to case", examples=["ada@example.com"]),
    AfterValidator(normalised_email),
]


class Register(Body):
    """A new customer. Roles are granted, never asked for."""

    email: Email
    password: str = Field(
        min_length=MIN_LENGTH,
        max_length=MAX_LENGTH,
        repr=False,
        description="Any characters; common passwords are refused",
        examples=["correct horse battery staple"],
    )
    name: Annotated[str, AfterValidator(_printable)] | None = Field(
        default=None, max_length=200, description="How to address the customer", examples=["Ada Lovelace"]
    )


class Login(Body):
    """Who logs in."""

    email: Email
    password: str = Field(min_length=1, max_length=MAX_LENGTH, repr=False, examples=["correct horse battery staple"])


MailToken = Annotated[
    str,
    Field(
        min_length=1,
        max_length=128,
        repr=False,
        examples=["req_01JD7Z8Q0R9V4M2T6X8Y0A1B2C.Zm9ydHktdHdvIGlzIHRoZSBhbnN3ZXIu"],
    ),
]
RefreshToken = Annotated[
    str,
    Field(
        min_length=1,
        max_length=256,
        repr=False,
        examples=["usr_01JD7Z8Q0R9V4M2T6X8Y0A1B2C.ses_01JD7Z8Q0R9V4M2T6X8Y0A1B2D.Zm9ydHktdHdvIGlzIHRoZSBhbnN3ZXI"],
    ),
]


class Confirm(Body):
    """The token that the mail brought, and the password that was chosen at the registration."""

    token: MailToken
    password: str = Field(min_length=1, max_length=MAX_LENGTH, repr=False, examples=["correct horse battery staple"])


class ForgotPassword(Body):
    """Who needs another password."""

    email: Email


class ResetPassword(Body):
    """The token that the mail brought, and the password from now on."""

    token: MailToken
    password: str = Field(
        min_length=MIN_LENGTH, max_length=MAX_LENGTH, repr=False, examples=["an even better horse and battery"]
    )


class MailSent(Body):
    """The same for every address: what there is to know stands in the mail."""

    status: Literal["mail_sent"] = "mail_sent"


class Refresh(Body):
    """A refresh token, which is good once."""

    refresh_token: RefreshToken


class Logout(Body):
    """The session to end."""

    refresh_token: RefreshToken
    everywhere: bool = Field(default=False, description="End every session of the account, and its access tokens")


class ChangePassword(Body):
    """The password of now and the one from now on."""

    current_password: str = Field(
        min_length=1, max_length=MAX_LENGTH, repr=False, examples=["correct horse battery staple"]
    )
    new_password: str = Field(
        min_length=MIN_LENGTH, max_length=MAX_LENGTH, repr=False, examples=["an even better horse and battery"]
    )


class Tokens(Body):
    """Tokens of a new session."""

    user_id: str = Field(description="The account's id", examples=["usr_01JD7Z8Q0R9V4M2T6X8Y0A1B2C"])
    access_token: str = Field(repr=False, description="Send it as `Authorization: Bearer …`")
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - a scheme, no secret
    expires_in: int = Field(description="Seconds that the access token is good for", examples=[900])
    refresh_token: str = Field(repr=False, description="Good for 30 days; keep it secret")

    @classmethod
    def of(cls, signed_in: SignedIn) -> "Tokens":
        """The answer to who signed in."""
        return cls(
            user_id=signed_in.user_id,
            access_token=signed_in.access_token,
            expires_in=signed_in.expires_in,
            refresh_token=signed_in.refresh_token,
        )
