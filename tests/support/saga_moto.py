"""moto's state machines, made quick enough for hundreds of executions."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from unittest import mock

from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser

_parse = lru_cache(maxsize=8)(AmazonStateLanguageParser.parse)


@contextmanager
def definitions_parsed_once() -> Iterator[None]:
    """Moto parses a definition anew for each execution, which takes longer than the execution."""
    with mock.patch.object(AmazonStateLanguageParser, "parse", staticmethod(_parse)):
        yield
