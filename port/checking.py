"""A table looked at before anybody relies on it: lint, and its own test cases.  Pure; some milliseconds of work."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from port.diversion.lint import NOTHING_MISSING, Finding, Severity, lint
from port.diversion.table import Ruleset
from port.diversion.testing import TestCase, TestResult, run_tests


class Checked(Struct, frozen=True):
    """What was found of exactly these test cases and their table."""

    findings: tuple[Finding, ...]
    results: tuple[TestResult, ...]

    @property
    def lint(self) -> dict[str, object]:
        """Findings, counted."""
        errors = sum(one.severity is Severity.ERROR for one in self.findings)
        return {"errors": errors, "warnings": sum(one.severity is Severity.WARNING for one in self.findings)}

    @property
    def tests(self) -> dict[str, object]:
        """Results, counted."""
        passed = sum(one.passed for one in self.results)
        return {"passed": passed, "failed": len(self.results) - passed}

    @property
    def missing(self) -> tuple[str, ...]:
        """What stands in the way of an approval."""
        return tuple(name for name, count in (("LINT", self.lint["errors"]), ("TESTS", self.tests["failed"])) if count)


def check(ruleset: Ruleset, tests: Iterable[TestCase], *, missing: Mapping[str, float] = NOTHING_MISSING) -> Checked:
    """Lint and test results.  `missing` is the share of recorded cases that lack a fact, by its name."""
    cases = tuple(tests)
    return Checked(lint(ruleset, tests=cases, missing=missing), run_tests(ruleset, cases))
