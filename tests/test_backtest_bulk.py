"""A back-test decides as the port does, and as the second compiler does: one semantics, whoever asks."""

from __future__ import annotations

from datetime import date

import pytest

from adapters.declarations import DeclarationFile
from build_declarations import as_csv, season
from build_rulesets import targeting
from port.diversion.backtest_weighing import Weigher
from port.diversion.bulk import decide_bulk, frame_of, hits
from port.diversion.capacity import SiteState
from port.diversion.decide import decide
from port.diversion.loading import load_default
from port.diversion.profiles import Profiles
from port.diversion.profiles_of_cases import profiled, teach
from port.diversion.table import Ruleset


@pytest.mark.parametrize("ruleset", [targeting(), load_default()], ids=lambda ruleset: ruleset.name)
def test_weighing_decides_as_the_port_and_as_the_bulk_compiler(ruleset: Ruleset):
    body = as_csv(season(date(2024, 1, 1), 500, first_id=1)).encode()
    past = [row.to_case() for row in DeclarationFile.of_bytes(body)]
    profiles = Profiles()
    for one in past[:250]:
        teach(profiles, one.case, found=bool(one.found))
    cases = [profiled(one.case, profiles) for one in past]
    draws = [{case.standings[0].key: number % 100 / 100} for number, case in enumerate(cases)]

    weighed = list(Weigher(ruleset).weigh(list(zip(cases, draws, strict=True))))

    live = [decide(case, ruleset, draws=drawn, sites=SiteState()) for case, drawn in zip(cases, draws, strict=True)]
    assert [(one.route, one.reason) for one in weighed] == [(one.intended_route, one.reason) for one in live]
    frame = frame_of(cases, draws)
    bulk, held = decide_bulk(frame, ruleset), hits(frame, ruleset)
    assert [one.route.value for one in weighed] == bulk["intended_route"].to_list()
    assert [one.reason.value for one in weighed] == bulk["reason"].to_list()
    assert [one.row for one in weighed] == bulk["row"].to_list()
    if ruleset.risk:
        assert [one.risk for one in weighed] == bulk["risk"].to_list()
    for number, row in enumerate(held.rows):
        assert [bool(one.hits >> number & 1) for one in weighed] == held.hits(row).to_list()
