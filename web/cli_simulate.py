"""`digital-port simulate`: what a way of diverting costs in moves and hours, without a server or a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import click

from port.diversion.moves.boxes import Variant, variants_of, variants_of_routes
from port.diversion.moves.parameters import Parameters, ParametersRefused, read_parameters
from port.diversion.moves.recorded import RecordedBox, RecordedRefused, day_of, read_recorded
from port.diversion.moves.simulation import simulate
from port.diversion.moves.sweeping import sweep
from port.diversion.moves.tables import comparison_table, sweep_table
from port.diversion.moves.wording import Language
from port.diversion.table import Ruleset
from web.cli_rules_files import RULESET_FILE, sound
from web.console import WrongUsage, json_option


@click.command("simulate")
@click.option("--ruleset", "rulesets", type=RULESET_FILE, multiple=True, help="A ruleset; the first is the active one.")
@click.option("--advance", type=float, help="Share declared in advance (advance_share).")
@click.option("--inspect", type=float, help="Share customs orders to be opened (inspection_rate).")
@click.option("--seeds", type=click.IntRange(1, 1000), default=8, show_default=True, help="How many days.")
@click.option("--parameters", type=RULESET_FILE, help="A JSON object of parameters.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="One parameter; may be repeated.")
@click.option("--recorded", type=RULESET_FILE, help="A recorded day as CSV, in place of a synthetic one.")
@click.option("--zone", default="Asia/Shanghai", show_default=True, help="The port's time zone, for a recorded day.")
@click.option("--sweep", "is_sweep", is_flag=True, help="Where the headlines hold, and what that hangs on.")
@click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Of the tables.")
@json_option
def command(  # click gives one argument per option
    *,
    rulesets: Sequence[Path],
    advance: float | None,
    inspect: float | None,
    seeds: int,
    parameters: Path | None,
    settings: Sequence[str],
    recorded: Path | None,
    zone: str,
    is_sweep: bool,
    lang: Language,
    as_json: bool,
) -> None:
    """Play days at the port: traditional, and diverted by customs' orders or by each RULESET.

    Tells lifts and hauls per box, hours until a box may be fetched or loaded, and the queue at the inspection site,
    over the same days in each variant.  Parameters and what they are taken from: docs/moves.md.
    """
    short = {"advance_share": advance, "inspection_rate": inspect}
    given = _parameters(parameters, settings, {name: value for name, value in short.items() if value is not None})
    numbers = range(1, seeds + 1)
    if is_sweep:
        if rulesets or recorded:
            raise WrongUsage("--sweep plays synthetic days by customs' orders: without --ruleset and --recorded")
        swept = sweep(given, seeds=numbers)
        click.echo(swept.to_json() if as_json else sweep_table(swept, language=lang))
        return
    boxes = _recorded(recorded) if recorded else None
    day = day_of(boxes, zone=_zone(zone)) if boxes else None
    found = simulate(given, _variants(rulesets, boxes), seeds=numbers, day_of=day)
    click.echo(found.to_json() if as_json else comparison_table(found, language=lang))


def _parameters(file: Path | None, settings: Sequence[str], short: Mapping[str, float]) -> Parameters:
    place = f"{file}: "
    try:
        given = read_parameters(file.read_bytes()) if file else Parameters()
        place = ""
        return given.changed({**dict(map(_setting, settings)), **short})
    except ParametersRefused as refused:
        raise WrongUsage("\n".join(f"{place}{problem}" for problem in refused.problems)) from None


def _setting(text: str) -> tuple[str, object]:
    name, is_given, value = text.partition("=")
    if not is_given:
        raise WrongUsage(f"--set {text}: not NAME=VALUE")
    try:
        return name.strip(), float(value)
    except ValueError:
        return name.strip(), value


def _recorded(file: Path) -> tuple[RecordedBox, ...]:
    try:
        return read_recorded(file.read_text(encoding="utf-8-sig").splitlines())
    except RecordedRefused as refused:
        raise WrongUsage("\n".join(f"{file}: {problem}" for problem in refused.problems)) from None
    except UnicodeDecodeError:
        raise WrongUsage(f"{file}: not UTF-8; save it as CSV UTF-8") from None


def _variants(files: Sequence[Path], boxes: Sequence[RecordedBox] | None) -> tuple[Variant, ...]:
    """By rulesets, or by the routes that were recorded, or by customs' orders."""
    rulesets = _rulesets(files)
    names = sorted({name for box in boxes or () for name in box.routes})
    if rulesets and any(box.case is None for box in boxes or ()):
        raise WrongUsage("--ruleset on a recorded day: every box needs a case to decide on")
    return variants_of(rulesets) if rulesets or not names else variants_of_routes(names)


def _rulesets(files: Sequence[Path]) -> dict[str, Ruleset]:
    loaded: dict[str, Ruleset] = {}
    for file in files:
        ruleset = sound(file).ruleset
        # Two versions of one table bear the same name: then the file tells them apart.
        name = ruleset.name if ruleset.name not in loaded else file.stem
        loaded[name if name not in loaded else f"{name}-{ruleset.content_hash[:8]}"] = ruleset
    return loaded


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):  # a folder of zones is no zone: Asia
        raise WrongUsage(f"--zone {name}: no such time zone; write one as Asia/Shanghai") from None
