"""What the pages think without a page: the feed's client, the search box, the words.  Written for node's own runner."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stores import NotToBeHad, or_skip

HERE = Path(__file__).parent
SUITES = sorted(path.name for path in HERE.glob("*.test.mjs"))


@contextlib.contextmanager
def node() -> Iterator[str]:
    """A node program: the machine's, or the one PyPI brings into the venv."""
    found = shutil.which("node") or shutil.which("node", path=str(Path(sys.executable).parent))
    if found is None:
        raise NotToBeHad("no node on the PATH or in the venv")
    yield found


@pytest.mark.parametrize("suite", SUITES)
def test_the_pages_think_right(suite: str):
    with or_skip("node", node()) as program:
        done = subprocess.run(
            [program, "--test", str(HERE / suite)], capture_output=True, text=True, timeout=60, check=False
        )
    assert done.returncode == 0, done.stdout
