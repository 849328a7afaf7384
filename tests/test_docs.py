"""The pages name what there is: every code of the glossary, every address of the API, every field of the policy."""

from __future__ import annotations

import ast
import enum
import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from adapters import registry
from events import types
from port import errors, words
from port.actor import Role
from port.diversion.decide import Alert
from port.parties import FacilityKind
from port.visit import Audience, status
from web.app import create_app
from web.jobs import JOBS
from web.settings import Settings

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
# Codes that only programs of ours meet.
_NOT_TOLD = {types.DocumentFunction}


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def source(*patterns: str) -> str:
    return "\n".join(p.read_text(encoding="utf-8") for pattern in patterns for p in sorted(ROOT.glob(pattern)))


def missing(name: str, codes: Iterable[str]) -> list[str]:
    text = page(name)
    return sorted({code for code in codes if f"`{code}`" not in text})


def codes_of(module: object) -> Iterator[str]:
    for _, found in inspect.getmembers(module, inspect.isclass):
        if issubclass(found, enum.StrEnum) and found not in _NOT_TOLD:
            yield from (member.value for member in found)


def test_the_glossary_names_every_code_of_a_fact():
    assert missing("glossary.md", codes_of(types)) == []


def test_the_glossary_names_every_facet_code_role_and_alert():
    facets = [code for code in codes_of(status) if code not in {mark.value for mark in status.Mark}]
    raised = re.findall(r"_?alert(?:_of)?\(\w+, \"([A-Z_]+)\"", source("port/*.py"))
    assert {"ORDER_AFTER_DEPARTURE", "LEFT_WITHOUT_RELEASE"} <= set(raised)
    assert missing("glossary.md", [*facets, *Role, *Alert, *raised, FacilityKind.INSPECTION]) == []


def test_the_glossary_names_every_headline_and_next_step_with_its_words():
    said = list(spoken(vars(words).values()))
    assert len(said) > 40
    assert missing("glossary.md", [one.code for one in said]) == []
    text = page("glossary.md")
    moved = {headline.code for headline, _, _ in words.MOVED.values()}
    assert [one.zh for one in said if one.code not in moved and one.zh not in text] == []


def spoken(values: Iterable[object]) -> Iterator[words.Words]:
    for value in values:
        if isinstance(value, words.Words):
            yield value
        elif isinstance(value, dict):
            yield from spoken(value.values())
        elif isinstance(value, tuple):
            yield from spoken(value)


def test_the_glossary_names_every_blocker_and_every_end_of_an_instruction():
    blockers = re.findall(
        r"yield \"([A-Z_]+)\"|NOT_APPLICABLE = \(\"([A-Z_]+)\"|\"(OTHER_CARGO)\"", source("port/*.py")
    )
    ends = re.findall(r"why=\"([A-Z_]+)\"", source("port/*.py"))
    assert {"SUPERSEDED", "NOT_DONE_IN_TIME"} <= set(ends)
    assert missing("glossary.md", [*(code for found in blockers for code in found if code), *ends]) == []


def test_the_interface_page_names_every_address():
    named = re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE|WS) /[^`?\s]*)[^`]*`", page("api.md"))
    told = {re.sub(r"\{\w+\}", "{}", address) for address in named}
    app = create_app(Settings(database_url="sqlite:///never-opened.db"))
    paths = app.openapi()["paths"]
    addresses = [f"{method.upper()} {path}" for path, methods in paths.items() for method in methods]
    assert len(addresses) > 30
    assert [a for a in [*addresses, "WS /v1/stream"] if re.sub(r"\{\w+\}", "{}", a) not in told] == []


def test_the_interface_page_names_every_reason_of_a_refusal():
    told = re.findall(r"refused\(\s*\d+,\s*\"([A-Z_]+)\"", source("web/*.py"))
    told += re.findall(r"reason(?: = |=)\"([A-Z_]+)\"", source("port/*.py", "web/[!l]*.py"))
    told += re.findall(r"HTTPStatus\.\w+: \(\"([A-Z_]+)\"", source("web/problems.py"))
    told += [spelled(error) for error in errors_of_the_port()]
    assert len(set(told)) > 20
    assert missing("api.md", told) == []


def errors_of_the_port() -> Iterator[type[errors.PortError]]:
    waiting = list(errors.PortError.__subclasses__())
    while waiting:
        error = waiting.pop()
        waiting += error.__subclasses__()
        if not issubclass(error, errors.BadRequest) and error.__module__.startswith("port."):
            yield error


def spelled(error: type[errors.PortError]) -> str:
    """As `web.problems` names it."""
    return getattr(error, "reason", "") or re.sub(r"(?<=[a-z])(?=[A-Z])", "_", error.__name__).upper()


def test_the_policy_page_names_every_field_role_and_audience():
    fields = {
        key.value
        for node in ast.walk(ast.parse(source("port/projecting.py")))
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant) and isinstance(key.value, str)
    } - {"customs_arrival", "code", "zh", "en", "name", "role", "since", "at", "source"}
    capacities = re.findall(r"View\(\"(\w+)\"", source("port/access.py"))
    assert "trade" in capacities
    ours = {code for code in fields if re.fullmatch(r"[a-z]+\w*", code) and not code.isupper()}
    assert missing("access.md", [*ours, *Role, *capacities, *Audience]) == []


def test_the_operating_page_names_every_job_with_how_often_it_runs():
    rows = dict(re.findall(r"^\| `([a-z-]+)` \| (\d+) s \|", page("operating.md"), re.MULTILINE))
    assert rows == {name: str(seconds) for name, (seconds, _) in JOBS.items()}


def test_the_architecture_page_names_every_module_and_none_that_is_gone():
    text = page("architecture.md")
    named = set(re.findall(r"`((?:events|port|adapters|web)/[\w/]+(?:\.py)?)`", text))
    made = {"web/static/vendor"}  # by `make vendor`
    assert [name for name in named - made if not (ROOT / name).exists()] == []
    packages = ("port/visit", "port/diversion", "port/migrations", "web/demo")
    modules = [p.relative_to(ROOT) for room in ("events", "port", "web") for p in sorted((ROOT / room).glob("*.py"))]
    told = re.findall(r"[\w/]+", text)
    assert [str(m) for m in modules if m.stem not in told and m.stem != "__init__"] == []
    assert [name for name in packages if name not in text] == []


def test_the_worked_example_of_a_format_is_read_as_its_page_says(monkeypatch):
    module, its_tests = re.findall(r"^```python\n(.*?)^```$", page("adding-a-format.md"), re.MULTILINE | re.DOTALL)
    example = ModuleType("adapters.yard")
    monkeypatch.setitem(sys.modules, "adapters.yard", example)
    exec(compile(module, "adapters/yard.py", "exec"), vars(example))  # noqa: S102  # our own page
    monkeypatch.setitem(registry.DECODERS, "yard", example.decode)
    tests: dict[str, object] = {}
    exec(compile(its_tests, "tests/test_yard.py", "exec"), tests)  # noqa: S102  # likewise
    found = [test for name, test in tests.items() if name.startswith("test_") and callable(test)]
    assert len(found) == 2
    for test in found:
        test()


def test_every_edifact_message_is_listed():
    assert missing("adding-a-format.md", registry.MESSAGE_TYPES) == []
    assert missing("api.md", [*registry.MESSAGE_TYPES, *registry.FORMATS]) == []


@pytest.mark.parametrize("name", sorted(path.name for path in DOCS.glob("*.md")))
def test_every_link_of_a_page_leads_somewhere(name):
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page(name))
    assert [link for link in links if not (DOCS / link).exists()] == []


def test_decision_records_are_numbered_once():
    numbers = [path.name[:4] for path in (DOCS / "decisions").glob("*.md")]
    assert sorted(numbers) == sorted(set(numbers))
