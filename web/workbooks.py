"""A document into a workbook and back, in a child process: what reads workbooks is too heavy for the one that answers.

Both functions are called by name (`web.lab_children`) and import what they need there.
"""

from __future__ import annotations

from importlib import import_module

import orjson

from port.diversion.checks import RulesetInvalid
from port.diversion.documents import Document, load_file

MAGIC = b"PK\x03\x04"
"""How a workbook begins."""


def read(book: bytes) -> bytes:
    """The document in a workbook as JSON, or its problems by cell: {"ruleset", "tests", "problems"}."""
    try:
        document: Document = import_module("adapters.workbook").read_workbook(book)
    except RulesetInvalid as error:
        found = [
            {"row": one.row, "column": one.column, "cell": getattr(one, "cell", None), "message": one.message}
            for one in error.problems
        ]
        return orjson.dumps({"ruleset": None, "tests": [], "problems": found})
    tests = [test.to_json() for test in document.tests]
    return orjson.dumps({"ruleset": orjson.loads(document.ruleset.to_json()), "tests": tests, "problems": []})


def write(document: bytes) -> bytes:
    """The workbook of a document."""
    book: bytes = import_module("adapters.workbook_writing").write_workbook(load_file(document))
    return book
