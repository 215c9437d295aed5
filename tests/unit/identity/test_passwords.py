"""Which passwords are taken, and how they are kept."""

import pytest
from argon2 import extract_parameters
from argon2.low_level import Type

from identity.application.accounts import DUMMY_HASH
from identity.passwords import Argon2Hasher, weakness
from tests.unit.identity.support import QUICK


@pytest.mark.parametrize(
    "password", ["correct horse battery staple", "x7#Kq9!z", "пароль-длинный", "密码密码很长的密码啊", "a b c d e"]
)
def test_a_password_may_be_any_long_enough_text(password: str) -> None:
    assert weakness(password, "ada@example.com") == ""


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("seven77", "8 to 128"),
        ("x" * 100 + "yz!" * 10, "8 to 128"),
        ("password123", "common"),
        ("PassWord123", "common"),
        ("P@ssw0rd", "common"),
        ("abababababab", "repeats"),
        ("ada@example.com", "e-mail"),
        ("ADA@example.com", "e-mail"),
    ],
)
def test_a_guessable_password_is_refused_with_its_reason(password: str, reason: str) -> None:
    assert reason in weakness(password, "ada@example.com")


def test_the_name_part_of_the_address_is_refused() -> None:
    assert "e-mail" in weakness("adalovelace", "adalovelace@example.com")


def test_hashes_use_argon2id_with_the_parameters_of_the_architecture() -> None:
    hasher = Argon2Hasher()
    encoded = hasher.hash("correct horse")
    parameters = extract_parameters(encoded)
    assert (parameters.type, parameters.memory_cost, parameters.time_cost, parameters.parallelism) == (
        Type.ID,
        19 * 1024,
        2,
        1,
    )
    assert hasher.verify(encoded, "correct horse")
    assert not hasher.verify(encoded, "Correct horse")


def test_an_unknown_account_is_compared_with_a_hash_of_the_same_cost() -> None:
    assert extract_parameters(DUMMY_HASH) == extract_parameters(Argon2Hasher().hash("anything"))


def test_every_hash_has_its_own_salt() -> None:
    assert QUICK.hash("correct horse") != QUICK.hash("correct horse")


def test_a_password_typed_on_another_system_opens_the_account() -> None:
    assert QUICK.verify(QUICK.hash("caf\u00e9-cr\u00e8me"), "cafe\u0301-cre\u0300me")


@pytest.mark.parametrize("broken", ["", "plain", "$argon2id$v=19$m=8", "$2b$12$abcdefghijklmnopqrstuv"])
def test_a_broken_hash_matches_nothing(broken: str) -> None:
    assert not QUICK.verify(broken, "plain")
