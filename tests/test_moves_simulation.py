"""The comparison over seeds: the same luck for every variant, equal seeds equal results, more in advance no worse."""

from __future__ import annotations

import json

import pytest

from build_moves import BOTH, small
from events.types import Route
from port.diversion.loading import load_default
from port.diversion.moves.boxes import TRADITIONAL, variants_of
from port.diversion.moves.chance import Chance, exponential, geometric, lognormal, luck
from port.diversion.moves.choosing import plans
from port.diversion.moves.comparison import spread
from port.diversion.moves.measuring import Figures, Group, PortFigures, Sides
from port.diversion.moves.parameters import Parameters
from port.diversion.moves.simulation import simulate
from port.diversion.moves.sweeping import HEADLINES, sweep
from port.diversion.moves.synthetic import synthetic_day
from port.diversion.moves.tables import comparison_table, sweep_table

pytestmark = pytest.mark.slow


def test_equal_seeds_give_equal_results_and_others_do_not():
    first, second, other = (simulate(small(), BOTH, seeds=seeds).to_json() for seeds in ([1, 2], [1, 2], [3, 4]))
    assert first == second
    assert first != other


def test_every_variant_meets_the_same_boxes_and_treats_them_alike():
    day = synthetic_day(small(), seed=1)
    traditional, diverted = (plans(day, variant, small()) for variant in BOTH)
    assert {n: plan.treatment for n, plan in traditional.items()} == {n: p.treatment for n, p in diverted.items()}
    found = simulate(small(), BOTH, seeds=[1, 2])
    counts = [
        [(group.sides, group.group, group.figures["boxes"]) for group in variant.groups] for variant in found.variants
    ]
    assert counts[0] == counts[1]


def test_a_box_has_the_same_luck_in_a_larger_day():
    few, many = (synthetic_day(small(import_boxes=count, export_boxes=0), seed=7) for count in (10, 20))
    assert [box.luck for box in few.boxes] == [box.luck for box in many.boxes[:10]]
    assert len(luck(1, 1)) == len(Chance)
    assert luck(1, 1) != luck(2, 1) != luck(1, 2)


@pytest.mark.parametrize("seed", range(1, 9))
def test_a_larger_share_in_advance_never_makes_more_moves_on_average(seed):
    made = []
    for share in (0, 0.25, 0.5, 0.75, 1):
        # A crane that waits for any truck: else one declared in advance more may make another truck too late.
        parameters = small(
            advance_share=share, hook_patience_minutes=120, truck_late_minutes=0, loading_window_hours=240
        )
        found = simulate(parameters, BOTH, seeds=[seed])
        every = found.variants[1].find(Group.ALL)
        made.append(every.figures["moves"].mean)
    assert made == sorted(made, reverse=True)
    assert made[-1] < made[0]


def test_a_larger_share_in_advance_makes_fewer_moves_over_the_seeds_as_the_port_is():
    means = []
    for share in (0.2, 0.5, 0.8, 1):
        found = simulate(small(advance_share=share), BOTH, seeds=range(1, 9))
        means.append(found.variants[1].find(Group.ALL).figures["moves"].mean)
    assert means == sorted(means, reverse=True)


def test_without_any_declared_in_advance_diverting_changes_no_move_of_a_box_let_pass():
    found = simulate(small(advance_share=0), BOTH, seeds=[1, 2, 3])
    passed = found.variants[1].find(Group.PASSED)
    assert passed.changes["moves"].mean == pytest.approx(0, abs=0.02)  # Some exports are left behind in one of them.
    assert found.variants[1].find(Group.PASSED_IN_ADVANCE) is None


def test_the_traditional_flow_does_not_depend_on_the_share_declared_in_advance():
    one, other = (simulate(small(advance_share=share), [TRADITIONAL], seeds=[1, 2]) for share in (0.2, 0.9))
    assert one.variants[0].port == other.variants[0].port
    assert one.variants[0].find(Group.OPENED) == other.variants[0].find(Group.OPENED)


def test_more_inspected_is_more_moves_and_a_longer_queue():
    found = [simulate(small(inspection_rate=rate), BOTH, seeds=range(1, 5)) for rate in (0.05, 0.2, 0.4)]
    for place in (0, 1):
        moves = [one.variants[place].find(Group.ALL).figures["moves"].mean for one in found]
        queue = [one.variants[place].port["site_wait_mean"].mean for one in found]
        assert moves == sorted(moves)
        assert queue == sorted(queue)


def test_all_figures_come_with_their_spread_over_the_seeds():
    found = simulate(small(), BOTH, seeds=range(1, 9))
    every = found.variants[1].find(Group.ALL)
    assert tuple(every.figures) == Figures._fields
    assert tuple(found.variants[1].port) == PortFigures._fields
    assert all(one.low <= one.mean <= one.high and one.seeds == 8 for one in every.figures.values())
    assert found.variants[0].find(Group.ALL).changes == {}
    assert every.figures["moves"].mean == pytest.approx(every.figures["lifts"].mean + every.figures["hauls"].mean)
    assert every.changes["moves"].high < 0


def test_the_interval_is_students():
    found = spread([1, 2, 3, 4])
    assert (found.mean, found.seeds) == (2.5, 4)
    assert found.high - found.mean == pytest.approx(3.182 * 1.2909944 / 2, rel=1e-6)
    assert (spread([5]).low, spread([5]).high) == (5, 5)
    assert spread(list(range(40))).seeds == 40


def test_progress_is_told_and_may_stop_the_simulation():
    told = []
    simulate(small(), BOTH, seeds=[1, 2], progress=told.append)
    assert told == [0.25, 0.5, 0.75, 1.0]

    class Cancelled(Exception):
        pass

    def cancel(_share):
        raise Cancelled

    with pytest.raises(Cancelled):
        simulate(small(), BOTH, seeds=[1, 2], progress=cancel)


def test_a_simulation_without_a_seed_or_a_variant_is_refused():
    for variants, seeds in ((BOTH, []), ([], [1])):
        with pytest.raises(ValueError, match="a variant and a seed"):
            simulate(small(), variants, seeds=seeds)


def test_rulesets_route_the_boxes_of_the_day():
    active = load_default()
    opens = active.default.model_copy(update={"route": Route.INSPECTION})
    stricter = active.model_copy(update={"name": "all-opened", "rows": (), "default": opens})
    found = simulate(
        small(inspection_rate=0, scan_rate=0, hold_rate=0),
        variants_of({"active": active, "draft": stricter}),
        seeds=[1],
    )
    names = [(one.name, one.ruleset_hash) for one in found.variants]
    hashes = active.content_hash, stricter.content_hash
    assert names == [("traditional", hashes[0]), ("active", hashes[0]), ("draft", hashes[1])]
    traditional, first, draft = found.variants
    assert traditional.port["inspected"] == first.port["inspected"]
    assert 0 < first.port["inspected"].mean < draft.port["inspected"].mean == 100
    assert draft.port["site_wait_mean"].mean > first.port["site_wait_mean"].mean


def test_the_json_has_every_variant_group_and_figure():
    told = json.loads(simulate(small(), BOTH, seeds=[1, 2]).to_json())
    assert set(told) == {"parameters", "seeds", "isRecorded", "comparedWith", "variants"}
    assert Parameters().changed(told["parameters"]) == small()
    assert [one["name"] for one in told["variants"]] == ["traditional", "diverted"]
    every = told["variants"][1]["groups"][0]
    assert (every["sides"], every["group"]) == ("BOTH", "ALL")
    assert set(every["figures"]["availableMean"]) == {"mean", "low", "high", "seeds"}
    assert set(told["variants"][1]["port"]) >= {"siteWaitMean", "siteQueueMean", "berthHours"}


def test_the_tables_are_told_in_both_languages():
    found = simulate(small(), BOTH, seeds=[1, 2])
    zh, en = (comparison_table(found, language=language) for language in ("zh", "en"))
    assert "开箱查验" in zh
    assert "分流模式" in zh
    assert "opened" in en
    assert "assumed (docs/moves.md)" in en
    assert "import_boxes=60" in en
    assert len(zh.splitlines()) == len(en.splitlines()) - 1  # the legend is a line longer


def test_the_sweep_says_where_each_headline_holds():
    found = sweep(small(), advance=(0.0, 1.0), inspection=(0.2,), seeds=[1, 2, 3])
    nobody, everybody = found.points
    assert not nobody.holds("moves", sides=Sides.BOTH, group=Group.ALL)
    assert everybody.holds("available_median", sides=Sides.IMPORT, group=Group.PASSED)
    first = found.first_advance("available_median", sides=Sides.IMPORT, group=Group.PASSED, inspection_rate=0.2)
    assert first == 1.0
    assert found.first_advance("moves", sides=Sides.BOTH, group=Group.OPENED, inspection_rate=0.2) is None
    assert found.alternatives[0].values == {}
    assert all(set(one.point.changes[Sides.BOTH, Group.ALL]) == set(HEADLINES) for one in found.alternatives)
    told = json.loads(found.to_json())
    assert [len(told[name]) for name in ("points", "alternatives")] == [2, len(found.alternatives)]
    for language in ("zh", "en"):
        assert "ship_side_share=0" in sweep_table(found, language=language)


def test_durations_have_the_mean_and_the_spread_they_are_given():
    drawn = [(n + 0.5) / 20_000 for n in range(20_000)]
    logs = [lognormal(u, mean=12, cv=0.8) for u in drawn]
    mean = sum(logs) / len(logs)
    assert mean == pytest.approx(12, rel=0.01)
    assert (sum((x - mean) ** 2 for x in logs) / len(logs)) ** 0.5 / mean == pytest.approx(0.8, rel=0.03)
    assert sum(exponential(u, mean=3) for u in drawn) / len(drawn) == pytest.approx(3, rel=0.01)
    assert sum(geometric(u, mean=0.4) for u in drawn) / len(drawn) == pytest.approx(0.4, rel=0.01)
    assert (lognormal(0.3, mean=5, cv=0), lognormal(0.3, mean=0, cv=1), geometric(0.99, mean=0)) == (5, 0, 0)
    assert lognormal(0.0, mean=1, cv=1) > 0
