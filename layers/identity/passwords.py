"""Passwords: which ones are taken, and how they are hashed (argon2id, OWASP's parameters)."""

import unicodedata

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 8
MAX_LENGTH = 128

_COMMON = frozenset(
    """
    12345678 123456789 1234567890 12341234 11111111 00000000 87654321 abcd1234 abc12345 a1b2c3d4 1q2w3e4r 1q2w3e4r5t
    1qaz2wsx q1w2e3r4 qwerty12 qwerty123 qwertyui qwertyuiop asdfghjk asdfghjkl zxcvbnm1 zaq12wsx password password1
    password12 password123 passw0rd p@ssw0rd p@ssword pass1234 letmein1 letmein123 welcome1 welcome123 iloveyou
    iloveyou1 sunshine princess football baseball superman trustno1 whatever computer internet michelle jennifer
    starwars changeme changeme1 changeme123 administrator admin123 admin1234 default1 secret123 test1234 testtest
    dragon123 monkey123 master123 shadow123 liverpool chocolate butterfly abcdefgh abcdefg1 qazwsxedc marketplace
    """.split()
)
"""The head of every list of leaked passwords, as far as the minimum length leaves it."""


class Argon2Hasher:
    """Hashes with argon2id at 19 MiB, two passes, one lane: 30 ms of a full core."""

    def __init__(self, memory_kib: int = 19 * 1024, passes: int = 2) -> None:
        self._hasher = PasswordHasher(time_cost=passes, memory_cost=memory_kib, parallelism=1, type=Type.ID)

    def hash(self, password: str) -> str:
        """The encoded hash, with its own salt and parameters in it."""
        return self._hasher.hash(_canonical(password))

    def verify(self, password_hash: str, password: str) -> bool:
        """Whether the hash is of this password; takes as long either way."""
        try:
            return self._hasher.verify(password_hash, _canonical(password))
        except (VerificationError, InvalidHashError):
            return False


def _canonical(password: str) -> str:
    """NFKC: the same keys give other code points on another system, and must open the same account."""
    return unicodedata.normalize("NFKC", password)


def weakness(password: str, email: str) -> str:
    """Why the password is not acceptable for this account, empty when it is. Length and guessability, no recipes."""
    canonical = _canonical(password)
    folded = canonical.casefold()
    if not MIN_LENGTH <= len(canonical) <= MAX_LENGTH:
        return f"must have {MIN_LENGTH} to {MAX_LENGTH} characters"
    if folded in _COMMON:
        return "is one of the most common passwords"
    if len(set(folded)) < 4:
        return "repeats too few characters"
    if folded in {email, email.partition("@")[0]}:
        return "must not be the e-mail address"
    return ""
