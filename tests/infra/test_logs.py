"""Reading the functions' logs of the local stack."""

from pathlib import Path

import pytest

from infra.local.logs import Reader

pytestmark = pytest.mark.infra


def _write(directory: Path, function: str, *lines: str) -> None:
    (directory / f"{function}.log").write_text("".join(f"{line}\n" for line in lines))


def test_what_belongs_to_one_id_is_told_in_the_order_in_which_it_happened(tmp_path: Path) -> None:
    _write(tmp_path, "a", "2026-11-21 07:09:36,463+0000 ord_1 third", "2026-11-21 07:09:35,001+0000 ord_1 first")
    _write(tmp_path, "b", "[WARNING]\t2026-11-21T07:09:36.462Z\tord_1 second", "2026-11-21 07:09:36,000+0000 ord_2")
    found = list(Reader(tmp_path, None, "ord_1").existing(20))
    assert [(name, line.rsplit(maxsplit=1)[1]) for name, line in found] == [
        ("a", "first"),
        ("b", "second"),
        ("a", "third"),
    ]


def test_without_an_id_the_last_lines_of_each_function_are_told(tmp_path: Path) -> None:
    _write(tmp_path, "a", "1", "2", "3")
    _write(tmp_path, "b", "4")
    assert list(Reader(tmp_path, None, None).existing(2)) == [("a", "2"), ("a", "3"), ("b", "4")]
