"""The files that the rules commands are given, and how they answer."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import orjson

from port.diversion.checks import RulesetInvalid
from port.diversion.documents import Document, dump_file, load_default_tests, load_file, load_tests
from port.diversion.loading import load_default
from port.diversion.sentence import Sentence
from port.diversion.testing import TestCase
from web.console import Failure, WrongUsage

RULESET_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
OUTPUT_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)
WORKBOOK = ".xlsx"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"

strict_option = click.option("--strict", is_flag=True, help="Let warnings fail as errors do.")
chinese_option = click.option("--zh", "is_chinese", is_flag=True, help="Answer in Chinese.")
tests_option = click.option(
    "--tests",
    "test_files",
    multiple=True,
    type=RULESET_FILE,
    help="A document whose test cases count too.",
)


def document(path: Path) -> Document:
    """The table and the tests of a .json or .xlsx file; RulesetInvalid with every problem by its place."""
    if path.suffix.lower() == WORKBOOK:
        # By name: the library that reads workbooks is slow to load, and few come here.
        read: Document = import_module("adapters.workbook").read_workbook(path.read_bytes())
        return read
    return load_file(path.read_bytes().removeprefix(_BYTE_ORDER_MARK))


def sound(path: Path) -> Document:
    """As `document`; a table that makes no sense ends the command with its problems."""
    try:
        return document(path)
    except RulesetInvalid as refused:
        raise Failure(problems_told(path, refused)) from None


def problems_told(path: Path, refused: RulesetInvalid) -> str:
    """Each problem on a line behind the name of its file."""
    return "\n".join(f"{path}: {problem}" for problem in refused.problems)


def further_tests(paths: Iterable[Path]) -> tuple[TestCase, ...]:
    """The tests of these documents, of which the tables are not looked at."""
    found: list[TestCase] = []
    for path in paths:
        try:
            found.extend(load_tests(path.read_bytes().removeprefix(_BYTE_ORDER_MARK)))
        except RulesetInvalid as refused:
            raise Failure(problems_told(path, refused)) from None
    return tuple(found)


def built_in() -> Document:
    """The table a new port starts with, and its tests."""
    return Document(load_default(), load_default_tests())


def written(content: Document, *, as_workbook: bool) -> bytes:
    """The document as the bytes of a file."""
    if as_workbook:
        made: bytes = import_module("adapters.workbook_writing").write_workbook(content)
        return made
    return dump_file(content.ruleset, content.tests).encode()


def save(path: Path, body: bytes) -> None:
    """Write the file that was asked for; where it cannot be, the command ends with a sentence."""
    try:
        path.write_bytes(body)
    except OSError as fault:
        why = f"cannot be written ({fault.strerror}); name a file in a folder that is there"
        raise WrongUsage(f"{path}: {why}") from None


def said(sentence: Sentence, *, is_chinese: bool) -> str:
    """The sentence in the language asked for."""
    return sentence.zh if is_chinese else sentence.en


def answer(value: Any) -> None:  # JSON has no narrower type
    """One JSON value on standard output."""
    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())
