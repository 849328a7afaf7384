"""The lab's long work in a real browser on a real server: back-tests, shadow runs, and days played by the model."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from build_declarations import as_csv, season
from build_editor import BALLS, Lab, lab, officer
from build_lab import LONG, SHORT
from build_pages import OPENED, Tab, complaints_of_axe

SLOW = 60_000
BALL_ROW: dict[str, Any] = {
    "id": "balls",
    "when": [{"fact": "hs_code", "operator": "prefix", "value": ["9506"]}],
    "route": "SCAN",
    "note": {"zh": "球类须机检。", "en": "Balls are scanned."},
}
PHONE_ROW: dict[str, Any] = {
    "id": "phones",
    "when": [{"fact": "hs_code", "operator": "prefix", "value": ["8517"]}],
    "route": "INSPECTION",
    "note": {"zh": "手机须查验。", "en": "Phones are opened."},
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    with lab(tmp_path_factory.mktemp("lab")) as made:
        yield made


@pytest.fixture(scope="module")
def founding(running: Lab) -> str:
    return str(running.active()["hash"])


@pytest.fixture(scope="module")
def strict(running: Lab, founding: str) -> str:
    """A version that scans balls and opens phones."""
    rows = [BALL_ROW, PHONE_ROW, *running.told(f"/v1/rulesets/{founding}")["ruleset"]["rows"]]
    return str(running.propose("xiamen-default", note="Balls were hollow.", rows=rows)["hash"])


@pytest.fixture
def desk(chromium: Browser, running: Lab) -> Iterator[Tab]:
    with officer(chromium, running) as opened:
        yield opened


def asked(page: Page) -> None:
    """The report of what was just started."""
    expect(page.get_by_role("heading", level=2, name="Row by row")).to_be_visible(timeout=SLOW)


@pytest.fixture(scope="module")
def report(chromium: Browser, running: Lab, strict: str) -> str:
    """The address of a back-test over the recorded visits, started in the page."""
    with officer(chromium, running) as opened:
        page = opened.open(f"/rules#/backtests?of={strict}")
        page.get_by_role("dialog").get_by_role("button", name="Start").click()
        asked(page)
        return page.url.split("#")[1]


def test_what_nobody_inspected_is_unknown_and_never_clean(desk: Tab, report: str):
    page = desk.open(f"/rules#{report}")
    expect(page.locator(".honest")).to_contain_text("Of 9 cases nobody knows what was in them")
    balls = page.locator(".rows-table tbody tr").filter(has_text="balls")
    expect(balls.locator("td.num").first).to_have_text("6")
    expect(balls.locator(".unknown")).to_have_count(2)
    expect(page.get_by_text("Nobody can tell: there is no random draw")).to_be_visible()
    page.locator(".flips td.stricter button").click()
    expect(page.locator(".case-side tbody tr")).to_have_count(6)
    page.locator(".case-side th a").first.click()
    expect(page.locator(".queue-detail .verdict")).to_be_visible()


def test_a_report_is_taken_home(desk: Tab, report: str):
    page = desk.open(f"/rules#{report}")
    asked(page)
    with page.expect_download() as taken:
        page.get_by_role("link", name="CSV").click()
    assert "balls" in taken.value.path().read_text(encoding="utf-8-sig")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Page").click()
    expect(opened.value.locator("svg").first).to_be_visible()


def test_an_uploaded_file_is_tried_with_a_budget_and_its_recall_is_told(desk: Tab, strict: str, tmp_path: Path):
    declarations = tmp_path / "spring.csv"
    declarations.write_text(as_csv(season(date(2024, 3, 1), 600, first_id=1)))
    page = desk.open("/rules#/backtests")
    page.get_by_role("button", name="Start a back-test").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Version").select_option(strict)
    dialog.get_by_text("Uploaded declarations").click()
    with page.expect_file_chooser() as chooser:
        dialog.get_by_role("button", name="Upload CSV").click()
    chooser.value.set_files(declarations)
    expect(dialog.get_by_label("File")).to_contain_text("spring.csv · 600 rows", timeout=SLOW)
    dialog.get_by_label("Inspect this share of all, %").fill("20")
    dialog.get_by_role("button", name="Start", exact=True).click()
    asked(page)
    expect(page.locator(".figures").first).to_contain_text("Recall")
    expect(page.get_by_role("heading", name="The budget: 20.0 % of all, 120 inspections")).to_be_visible()
    phones = page.locator(".rows-table tbody tr").filter(has_text="phones")
    expect(phones.locator(".estimate b")).to_have_text("100.0 %")
    expect(phones.locator(".whisker-cell")).to_be_visible()
    expect(page.get_by_text("Finds it costs")).to_be_visible()


def test_who_asks_for_a_shadow_run_before_the_versions_are_there_need_not_ask_again(desk: Tab, strict: str):
    page, held = desk.open("/rules"), list[Route]()

    def hold(route: Route) -> None:
        held.append(route)

    page.route(lambda url: url.endswith("/v1/rulesets"), hold)
    page.goto(f"{page.url.partition('/rules')[0]}/rules#/shadow")
    page.reload()
    page.get_by_role("button", name="Start a shadow run").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Why, in writing").fill("In a hurry.")
    start = dialog.get_by_role("button", name="Start a shadow run")
    expect(start).to_be_disabled()
    for one in held:
        one.continue_()
    expect(start).to_be_enabled()
    expect(dialog.get_by_label("Version").locator("option")).not_to_have_count(0)


def test_a_shadow_run_is_started_with_a_reason_and_stopped(desk: Tab, running: Lab, strict: str):
    page = desk.open("/rules#/shadow")
    page.get_by_role("button", name="Start a shadow run").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Version").select_option(strict)
    start = dialog.get_by_role("button", name="Start a shadow run")
    expect(start).to_be_disabled()
    dialog.get_by_label("Why, in writing").fill("Beside the live rules.")
    start.click()
    expect(page.locator(".candidate")).to_contain_text("Running")
    running.discharge(BALLS)
    expect(page.locator(".flips td.stricter button")).to_be_visible(timeout=SLOW)
    page.locator(".flips td.stricter button").click()
    expect(page.locator(".case-side tbody tr").first).to_contain_text("balls")
    page.get_by_role("button", name="Stop shadow").click()
    page.get_by_role("dialog").get_by_label("Why, in writing").fill("Seen enough.")
    page.get_by_role("dialog").get_by_role("button", name="Stop shadow").click()
    expect(page.locator(".candidate")).to_contain_text("Stopped")


def started(running: Lab, strict: str, parameters: dict[str, Any]) -> str:
    body = {"rulesets": [strict], "parameters": parameters}
    return str(running.ask("POST", "/v1/simulations", json=body).json()["jobID"])


def test_a_day_is_played_with_a_parameter_changed_and_shown_beside_the_finds(desk: Tab, report: str, strict: str):
    page = desk.open("/rules#/moves")
    page.get_by_role("button", name="Play a day").first.click()
    dialog = page.get_by_role("dialog")
    dialog.locator("fieldset.ticks label").filter(has_text=strict[:8]).get_by_role("checkbox").check()
    dialog.get_by_text("The day", exact=True).click()
    for parameter, value in (("laden import boxes per vessel", "20"), ("laden export boxes per vessel", "20")):
        dialog.get_by_label(parameter).fill(value)
    share = dialog.get_by_label("declared before the point, diverted flow")
    share.fill("1.4")
    expect(dialog.get_by_role("alert").filter(has_text="must lie between 0 and 1")).to_be_visible()
    share.fill("0.5")
    dialog.get_by_role("button", name="Play it").click()
    expect(page.locator(".played")).to_be_visible(timeout=SLOW)
    expect(page.locator(".played thead")).to_contain_text("Traditional")
    moves = page.locator(".played tbody tr").filter(has_text="Moves per box")
    expect(moves.locator(".change")).to_have_count(2)
    finds = page.locator("section").filter(has=page.get_by_role("heading", name="Finds and moves")).locator("tbody tr")
    expect(finds.filter(has_text=strict[:8]).get_by_role("link", name="Open the report")).to_be_visible()
    page.get_by_text("Import", exact=True).click()
    expect(page.locator(".played tbody tr").first).to_contain_text("20")
    page.get_by_text("Parameters", exact=True).click()
    expect(page.locator(".params .is-changed")).to_have_count(3)
    expect(page.locator(".params").get_by_text("assumed", exact=True).first).to_be_visible()


def test_a_recorded_day_is_played(desk: Tab, running: Lab, report: str):
    page = desk.open("/rules#/moves")
    page.get_by_role("button", name="Play a day").first.click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_text("What came here", exact=True).click()
    today = datetime.now(UTC)
    dialog.get_by_label("From the beginning of").fill((today - timedelta(days=3)).strftime("%Y-%m-%d"))
    dialog.get_by_label("To the beginning of").fill((today + timedelta(days=2)).strftime("%Y-%m-%d"))
    dialog.get_by_role("button", name="Play it").click()
    expect(page.locator(".played")).to_be_visible(timeout=SLOW)
    expect(page.locator("main")).to_contain_text("recorded")


def test_long_work_is_cancelled(desk: Tab, running: Lab, strict: str):
    job = started(running, strict, LONG)
    page = desk.open(f"/rules#/moves/{job}")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("status").filter(has_text="Cancelled")).to_be_visible(timeout=SLOW)


@OPENED
def test_axe_finds_nothing(chromium: Browser, running: Lab, report: str, strict: str, language: str, theme: str):
    jobs = running.told("/v1/jobs?limit=200")["jobs"]
    played = [one["jobID"] for one in jobs if (one["kind"], one["state"]) == ("SIMULATION", "DONE")]
    job = played[0] if played else started(running, strict, SHORT)
    with officer(chromium, running, language=language, theme=theme) as opened:
        for path, there in (
            ("backtests", ".sheet tbody tr"),
            (report.removeprefix("/"), ".rows-table tbody tr"),
            ("shadow", ".lab h1"),
            ("moves", ".lab h1"),
            (f"moves/{job}", ".played"),
        ):
            page = opened.open(f"/rules#/{path}")
            expect(page.locator(there).first).to_be_visible(timeout=SLOW)
            assert complaints_of_axe(page) == [], path
        page.locator(".page-head .b.main").click()
        expect(page.locator("dialog .params").first).to_be_attached()
        assert complaints_of_axe(page) == []
