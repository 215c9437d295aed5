"""Fixtures of every test: a fake AWS environment, so that nothing can reach a real one by accident."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.support import aws

settings.register_profile("agora", deadline=None)  # a slow or busy machine is no defect
settings.load_profile("agora")


@pytest.fixture(autouse=True)
def _test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in aws.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def mocked_aws() -> Iterator[None]:
    """An empty mocked AWS account for one test."""
    with aws.mocked_aws():
        yield
