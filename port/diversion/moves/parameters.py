"""The parameters of the model: each with its unit, default, bounds and where the default comes from."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import Field, asdict, dataclass, field, fields, replace
from typing import Any, cast

ASSUMED = "assumed"
_REPORTED = "the Xiamen platform reports at least 5 h less per inspected shipment without appointments"
_OWN_TABLE = "assumed; as in the default ruleset"
_MINUTES = 60.0


class ParametersRefused(ValueError):
    """`problems` names every parameter that is unknown or out of bounds, and why."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


@dataclass(frozen=True, slots=True)
class ParameterSpec:
    """One parameter as it is documented and edited.  `source` is "assumed" where nothing better is known."""

    name: str
    group: str
    default: float
    unit: str
    zh: str
    en: str
    source: str
    low: float
    high: float
    is_whole: bool


def _of(
    default: float, unit: str, zh: str, en: str, *, low: float = 0, high: float = 1e6, source: str = ASSUMED
) -> Any:  # what dataclasses.field gives takes any type
    told = {"unit": unit, "zh": zh, "en": en, "low": low, "high": high, "source": source}
    return field(default=default, metadata=told)


def _share(default: float, zh: str, en: str) -> Any:  # as `_of`
    return _of(default, "share", zh, en, high=1)


@dataclass(frozen=True, slots=True)
class Parameters:
    """A day at the port.  Frozen; `changed` gives another.  `GROUPS` has where each group of fields begins.

    Means with a coefficient of variation (`…_cv`) are lognormal, and fixed where it is 0.
    """

    # day
    vessels: int = _of(1, "vessels", "船舶数", "vessels on the day", low=1, high=20)
    hours_between_vessels: float = _of(12, "h", "船舶间隔", "from one vessel's first lift to the next's", high=240)
    import_boxes: int = _of(600, "boxes", "每船进口箱", "laden import boxes per vessel", high=20_000)
    export_boxes: int = _of(400, "boxes", "每船出口箱", "laden export boxes per vessel", high=20_000)
    first_hour: float = _of(6, "hour of day", "首船开工时刻", "local time of the first vessel's first lift", high=23.99)
    # quay
    quay_cranes: int = _of(4, "cranes", "每船岸桥", "quay cranes per vessel", low=1, high=20)
    crane_lifts_per_hour: float = _of(28, "lifts/h", "岸桥效率", "lifts per quay crane and hour", low=1, high=120)
    crane_cv: float = _of(0.3, "ratio", "岸桥循环变异系数", "variation of a crane's cycle", high=3)
    loading_window_hours: float = _of(24, "h", "装船窗口", "from first loading lift to the last box taken", high=240)
    # transport
    terminal_trucks: int = _of(40, "trucks", "内集卡/AGV 数", "terminal trucks or AGVs", low=1, high=2000)
    quay_to_yard_minutes: float = _of(8, "min", "岸边—堆场", "a haul between quay and yard, one way", high=240)
    yard_to_site_minutes: float = _of(15, "min", "堆场—查验场", "a haul between yard and inspection site", high=240)
    quay_to_site_minutes: float = _of(15, "min", "岸边—查验场", "a haul between quay and inspection site", high=240)
    to_scanner_minutes: float = _of(10, "min", "至机检", "a haul between the scanner and any other place", high=240)
    gate_ride_minutes: float = _of(
        10, "min", "闸口—场内", "an outside truck's ride between gate and any place", high=240
    )
    # yard
    yard_cranes: int = _of(12, "cranes", "场桥数", "yard cranes", low=1, high=500)
    yard_lift_minutes: float = _of(3, "min", "场桥每吊", "one lift of a yard crane", low=0.1, high=60)
    rehandles: float = _of(0.4, "lifts", "每次取箱翻箱数", "other boxes lifted away, mean per retrieval", high=5)
    # gate
    gate_lanes: int = _of(6, "lanes", "闸口车道", "gate lanes, in and out alike", low=1, high=100)
    gate_minutes: float = _of(1.5, "min", "闸口每车", "a truck in a gate lane", high=60)
    # customs
    advance_share: float = _share(0.9, "提前申报比例", "declared before the point, diverted flow")
    advance_share_traditional: float = _share(0, "传统模式提前申报比例", "declared before the point, traditional flow")
    decided_in_time_share: float = _share(0.97, "及时决定比例", "of the declared in advance: decided by the point")
    inspection_rate: float = _share(0.03, "查验率", "boxes customs orders to be opened")
    scan_rate: float = _share(0.05, "机检率", "boxes customs orders to be scanned")
    hold_rate: float = _share(0.0, "暂停率", "boxes held until an officer has looked")
    suspicion_share: float = _share(0.05, "机检异常率", "of the scanned: opened afterwards")
    declare_hours: float = _of(12, "h", "到港申报滞后", "stacked to declared, when not in advance; mean", high=720)
    declare_cv: float = _of(0.8, "ratio", "到港申报变异系数", "variation of that", high=3)
    decision_hours: float = _of(2, "h", "审单时间", "declared to decided, when not in advance; mean", high=240)
    decision_cv: float = _of(1, "ratio", "审单变异系数", "variation of that", high=3)
    officer_hours: float = _of(6, "h", "关员处理时间", "a held box until an officer has looked; mean", high=240)
    # site
    inspection_bays: int = _of(6, "bays", "查验工位", "boxes inspected at a time", low=1, high=500)
    inspection_minutes: float = _of(90, "min", "每箱查验", "one inspection; mean", low=0.1, high=2880)
    inspection_cv: float = _of(0.5, "ratio", "查验变异系数", "variation of that", high=3)
    site_opens: float = _of(8, "hour of day", "查验场开门", "inspections begin from", high=24)
    site_closes: float = _of(20, "hour of day", "查验场关门", "no inspection begins from", high=24)
    site_places: int = _of(240, "boxes", "查验场容量", "boxes that may stand at the site", low=1, source=_OWN_TABLE)
    site_stackers: int = _of(2, "machines", "查验场吊机", "reach stackers at the site", low=1, high=100)
    site_lift_minutes: float = _of(4, "min", "查验场每吊", "one lift at the site", low=0.1, high=60)
    site_release_minutes: float = _of(30, "min", "查验后放行", "inspection finished to released", high=1440)
    appointment_hours: float = _of(5, "h", "查验预约等待", "traditional: order to haul", high=240, source=_REPORTED)
    back_to_stack_share: float = _share(0.5, "查验后回场比例", "imports stacked again after inspection, diverted")
    back_to_stack_share_traditional: float = _share(0.5, "传统回场比例", "imports stacked again, traditional")
    # scanner
    scanners: int = _of(1, "scanners", "机检设备", "scanners", low=1, high=20)
    scan_minutes: float = _of(4, "min", "每箱机检", "a truck in the scanner, image read", low=0.1, high=240)
    # haulier
    ship_side_share: float = _share(0.8, "船边直提比例", "of the released at the point: haulier comes ship-side")
    direct_load_share: float = _share(0.5, "抵港直装比例", "of the exports released at the gate: loaded off the truck")
    truck_lead_minutes: float = _of(45, "min", "集卡提前量", "ship-side truck due before its box", high=1440)
    truck_late_minutes: float = _of(30, "min", "集卡准点标准差", "standard deviation of its arrival", high=1440)
    hook_patience_minutes: float = _of(2, "min", "岸桥等车上限", "a crane waits that long for such a truck", high=120)
    told_hours: float = _of(2, "h", "传统告知滞后", "traditional: released to the haulier knowing it", high=240)
    fetch_hours: float = _of(8, "h", "提箱反应时间", "haulier knows to truck at the gate; mean", high=720)
    fetch_cv: float = _of(0.8, "ratio", "提箱反应变异系数", "variation of that", high=3)
    export_window_hours: float = _of(
        48, "h", "集港窗口", "stacked exports gate in over that time before loading", high=720
    )
    export_cut_off_hours: float = _of(6, "h", "截港", "and up to that time before it", high=240)

    def __post_init__(self) -> None:
        problems = [told for spec in catalogue() if (told := _problem(spec, getattr(self, spec.name)))]
        if not problems:
            problems = list(self._contradictions())
        if problems:
            raise ParametersRefused(problems)

    def _contradictions(self) -> Iterable[str]:
        if self.inspection_rate + self.scan_rate + self.hold_rate > 1:
            yield "inspection_rate, scan_rate, hold_rate: together above 1"
        if self.site_opens >= self.site_closes:
            yield "site_opens: not before site_closes"
        if self.export_cut_off_hours > self.export_window_hours:
            yield "export_cut_off_hours: longer than export_window_hours"
        if self.import_boxes + self.export_boxes == 0:
            yield "import_boxes, export_boxes: no box at all"

    def changed(self, values: Mapping[str, object]) -> Parameters:
        """With these values; ParametersRefused for an unknown name or an impossible value, all told at once."""
        known = {spec.name: spec for spec in catalogue()}
        unknown = [f"{name}: no such parameter" for name in values if name not in known]
        wrong = [told for name in values if name in known and (told := _problem(known[name], values[name]))]
        if unknown or wrong:
            raise ParametersRefused(unknown + wrong)
        typed: dict[str, Any] = {name: known_value(known[name], value) for name, value in values.items()}
        return replace(self, **typed)

    def to_json(self) -> str:
        """Every parameter by name; `read_parameters` reads it back."""
        return json.dumps(asdict(self))


GROUPS: Mapping[str, str] = {
    "vessels": "day",
    "quay_cranes": "quay",
    "terminal_trucks": "transport",
    "yard_cranes": "yard",
    "gate_lanes": "gate",
    "advance_share": "customs",
    "inspection_bays": "site",
    "scanners": "scanner",
    "ship_side_share": "haulier",
}
"""The first field of each group."""


def catalogue() -> tuple[ParameterSpec, ...]:
    """Every parameter, in the order of the model."""
    group, told = "", []
    for one in fields(Parameters):
        group = GROUPS.get(one.name, group)
        told.append(_spec(one, group))
    return tuple(told)


def read_parameters(text: str | bytes, *, base: Parameters | None = None) -> Parameters:
    """`base`, or the defaults, changed by the JSON object in `text`; ParametersRefused with all that is wrong."""
    try:
        written = json.loads(text)
    except ValueError as error:
        raise ParametersRefused([f"not JSON: {error}"]) from error
    if not isinstance(written, dict):
        raise ParametersRefused(["not a JSON object of names and values"])
    return (base or Parameters()).changed(cast("Mapping[str, object]", written))


def hours(minutes: float) -> float:
    """The model's clock runs in hours."""
    return minutes / _MINUTES


def known_value(spec: ParameterSpec, value: object) -> float:
    """The value as its field holds it."""
    number = float(cast("float", value))
    return int(number) if spec.is_whole else number


def _spec(one: Field[Any], group: str) -> ParameterSpec:  # fields of any type
    return ParameterSpec(
        name=one.name,
        group=group,
        default=cast("float", one.default),
        is_whole=one.type == "int",
        **one.metadata,
    )


def _problem(spec: ParameterSpec, value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return f"{spec.name}: not a number"
    if spec.is_whole and value != int(value):
        return f"{spec.name}: not a whole number"
    if not spec.low <= value <= spec.high:
        return f"{spec.name}: must lie between {spec.low:g} and {spec.high:g} {spec.unit}"
    return ""
