"""Fixtures of every test: a fake AWS environment, so that nothing can reach a real one by accident."""

import uuid
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.support import aws, once_a_run

settings.register_profile("agora", deadline=None)  # a slow or busy machine is no defect
settings.load_profile("agora")


def pytest_configure(config: pytest.Config) -> None:
    """Name the run before pytest-xdist does: what its workers keep for each other is removed by that name."""
    if not hasattr(config, "workerinput") and getattr(config.option, "testrunuid", "") is None:
        config.option.testrunuid = uuid.uuid4().hex


def pytest_unconfigure(config: pytest.Config) -> None:
    """The workers have ended by now."""
    if not hasattr(config, "workerinput"):
        once_a_run.forget(str(getattr(config.option, "testrunuid", "")))


@pytest.fixture(autouse=True)
def _test_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in aws.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def mocked_aws() -> Iterator[None]:
    """An empty mocked AWS account for one test."""
    with aws.mocked_aws():
        yield
