"""Where everything must be there (`.ci/run`), a test skipped for want of it has failed: a part of conftest.py."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from stores import NEEDS

MUST_HAVE_ALL = bool(os.environ.get("DIGITAL_PORT_REQUIRE_ALL"))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    """Tells what was skipped with a reason that begins with NEEDS as a failure."""
    outcome = yield
    report = outcome.get_result()
    if MUST_HAVE_ALL and report.skipped and NEEDS in str(report.longrepr):
        report.outcome = "failed"
