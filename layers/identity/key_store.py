"""Signing keys on AWS: the private set in Secrets Manager, the public one in a parameter that verifiers may read."""

import hashlib

from kernel import aws
from kernel.errors import TransientError

_FIRST_VERSION = "agora-first-signing-key-set-0000001"
"""The version id of the first key set. Secrets Manager takes a version id once, so of several cold starts one wins."""


class PublicKeyParameter:
    """The published key set: all that a verifier sees of the keys."""

    def __init__(self, parameter: str) -> None:
        self._parameter = parameter

    def public_set(self) -> str:
        """The set that verifies."""
        answer = aws.call("ssm", "get_parameter", expected="ParameterNotFound", Name=self._parameter)
        return str(answer["Parameter"]["Value"]) if answer else ""


class AwsKeyStore(PublicKeyParameter):
    """The whole of the `KeyStore` port."""

    def __init__(self, secret: str, parameter: str) -> None:
        super().__init__(parameter)
        self._secret = secret

    def private_set(self) -> str:
        """The set that signs, "" while the secret has no value."""
        unwritten = "ResourceNotFoundException"
        answer = aws.call("secretsmanager", "get_secret_value", expected=unwritten, SecretId=self._secret)
        return str(answer.get("SecretString") or "")

    def agree_on(self, candidate: str) -> str:
        """Offer a first set and return the one that was taken."""
        self._put(candidate, _FIRST_VERSION)
        agreed = self.private_set()
        if not agreed:
            raise TransientError(f"{self._secret} has no value yet")
        return agreed

    def replace(self, present: str, following: str) -> bool:
        """Store a set after `present`, unless another one was. A set never comes back: each has a key of its own.

        The read is for whoever slept so long that Secrets Manager has forgotten the version; the version is for races.
        """
        return self.private_set() == present and self._put(following, hashlib.sha256(present.encode()).hexdigest())

    def _put(self, key_set: str, version: str) -> bool:
        version_taken = "ResourceExistsException"
        written = {"SecretId": self._secret, "SecretString": key_set, "ClientRequestToken": version}
        return bool(aws.call("secretsmanager", "put_secret_value", expected=version_taken, **written))

    def publish(self, public_set: str) -> None:
        """Replace the set that verifies."""
        aws.call("ssm", "put_parameter", Name=self._parameter, Value=public_set, Type="String", Overwrite=True)
