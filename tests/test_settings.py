"""web.settings: what the environment may say, and that the documents name all of it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from port.visit.status import CutRules
from web.clock import port_clock
from web.settings import PREFIX, Settings, SettingsRefused, read_environment, unknown_variables

ROOT = Path(__file__).parent.parent
ALL = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}


def assigned() -> dict[str, str]:
    """The variables of .env.example."""
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_an_empty_environment_gives_the_defaults() -> None:
    assert read_environment({}) == Settings()


def test_the_example_file_names_every_setting_with_its_default() -> None:
    assert set(assigned()) == ALL
    assert read_environment(assigned()) == Settings()


def test_the_operating_page_names_every_setting_with_its_default() -> None:
    page = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([A-Z_]+)` \| (?:`(.*?)`)? ?\|", page, re.MULTILINE)
    assert {f"{PREFIX}{name}": default for name, default in rows} == assigned()


def test_the_windows_of_visits_have_one_set_of_defaults() -> None:
    assert Settings().cut_rules(frozenset({"XMCIQ"})) == CutRules(customs_facilities=frozenset({"XMCIQ"}))


def test_the_environment_is_read_and_the_command_line_comes_first() -> None:
    environment = {"DIGITAL_PORT_PORT": "9000", "DIGITAL_PORT_HOST": "0.0.0.0", "DIGITAL_PORT_NATS_URL": ""}
    settings = read_environment(environment, {"port": 9001, "host": None})
    assert settings == Settings(port=9001, host="0.0.0.0")


@pytest.mark.parametrize(
    ("variable", "value", "word"),
    [
        ("DATABASE_URL", "mysql://root:hidden@127.0.0.1/x", "only sqlite:/// and postgresql:// are known"),
        ("NATS_URL", "nats://me:hidden@", "NATS' address"),
        ("NATS_URL", "nats://one:4222,ws://me:hidden@two:4222", "NATS' address"),
        ("NATS_URL", "nats://me:hidden@one:port", "NATS' address"),
        ("PORT", "eight", "integer"),
        ("PORT", "65536", "65535"),
        ("ROLE", "king", "'all', 'api', 'ingest' or 'feed'"),
        ("ROLE", "feed", "needs PostgreSQL"),
        ("TIME_ZONE", "Xiamen", "not a time zone"),
        ("PORT_UN_LOCATION_CODE", "XM", "pattern"),
        ("PUBLIC_URL", "port.example/app", "an address without a path"),
        ("SALT", "hidden", "at least 16"),
        ("CLOCK_FACTOR", "60", "needs a clock start"),
        ("CLOCK_FACTOR", "nan", "finite"),
        ("CLOCK_START", "2026-11-21T00:00:00", "timezone"),
        ("LOG_LEVEL", "loud", "'debug'"),
    ],
)
def test_what_cannot_be_is_refused_without_repeating_it(variable: str, value: str, word: str) -> None:
    with pytest.raises(SettingsRefused) as refused:
        read_environment({f"{PREFIX}{variable}": value})
    assert word in str(refused.value)
    assert "hidden" not in str(refused.value)


def test_secrets_do_not_show() -> None:
    settings = Settings(database_url="postgresql://dp:hidden@127.0.0.1/port", salt=SecretStr("hidden-hidden-hidden"))
    assert "hidden" not in repr(settings)


def test_a_misspelt_variable_is_noticed() -> None:
    environment = {"DIGITAL_PORT_DATABSE_URL": "x", "DIGITAL_PORT_PORT": "1", "PATH": "x"}
    assert unknown_variables(environment) == ("DIGITAL_PORT_DATABSE_URL",)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        (Settings(), None),
        (Settings(public_url="https://Port.Example/"), True),
        (Settings(public_url="http://port.example"), False),
        (Settings(public_url="http://port.example", secure_cookies=True), True),
    ],
)
def test_whether_people_use_https_follows_from_the_public_address(settings: Settings, expected: bool | None) -> None:
    assert settings.has_https is expected


def test_the_zone_is_one_to_reckon_with() -> None:
    assert Settings().zone == ZoneInfo("Asia/Shanghai")


def test_two_processes_with_one_clock_setting_see_one_time() -> None:
    start = datetime(2026, 11, 21, tzinfo=UTC)
    wall = start + timedelta(seconds=10)
    assert port_clock(start, 60, wall=lambda: wall)() == start + timedelta(minutes=10)
    assert port_clock(None, 1, wall=lambda: wall)() == wall
