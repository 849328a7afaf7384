"""What groups, sides, figures and parameters are called, in Chinese and in English."""

from __future__ import annotations

from typing import Literal, NamedTuple

from port.diversion.moves.measuring import Group, Sides

Language = Literal["zh", "en"]


class Said(NamedTuple):
    """The same in both languages."""

    zh: str
    en: str

    def in_(self, language: Language) -> str:
        """In one of them."""
        return self.zh if language == "zh" else self.en


GROUPS: dict[Group, Said] = {
    Group.ALL: Said("全部", "all boxes"),
    Group.PASSED: Said("放行（未查）", "let pass"),
    Group.PASSED_IN_ADVANCE: Said("　提前申报", "  declared in advance"),
    Group.PASSED_ON_ARRIVAL: Said("　到港申报", "  declared on arrival"),
    Group.SCANNED: Said("机检", "scanned"),
    Group.OPENED: Said("开箱查验", "opened"),
    Group.HELD: Said("暂停", "held"),
}
SIDES: dict[Sides, Said] = {
    Sides.BOTH: Said("进出口合计", "imports and exports"),
    Sides.IMPORT: Said("进口", "imports"),
    Sides.EXPORT: Said("出口", "exports"),
}
FIGURES: dict[str, Said] = {
    "boxes": Said("箱数", "boxes"),
    "lifts": Said("吊装", "lifts"),
    "hauls": Said("拖运", "hauls"),
    "moves": Said("搬动", "moves"),
    "moves_ashore": Said("岸上搬动", "moves ashore"),
    "available_mean": Said("可用均值", "avail. mean"),
    "available_median": Said("可用中位", "avail. median"),
    "available_p90": Said("可用p90", "avail. p90"),
    "port_mean": Said("在港均值", "port mean"),
    "port_median": Said("在港中位", "port median"),
    "port_p90": Said("在港p90", "port p90"),
}
LEGEND = Said(
    "搬动＝吊装＋拖运，每箱；岸上搬动不计岸桥一吊。可用：卸船至可提、进闸至可装；在港：至离港或装船；单位小时。\n"
    "Δ：与第一方案相比。",
    "moves = lifts + hauls, per box; ashore leaves out the quay crane's lift.  avail.: from discharge until it may be\n"
    "fetched, from gate-in until it may be loaded; port: until it has left or is loaded; in hours.  Δ: against the\n"
    "first variant.",
)
PORT: dict[str, Said] = {
    "inspected": Said("查验箱数", "boxes inspected"),
    "site_wait_mean": Said("查验排队均值（小时）", "wait at the site, mean h"),
    "site_wait_p90": Said("查验排队 p90（小时）", "wait at the site, p90 h"),
    "site_wait_most": Said("查验排队最长（小时）", "wait at the site, longest h"),
    "site_queue_mean": Said("查验队长均值（箱）", "queue at the site, mean boxes"),
    "site_queue_most": Said("查验队长最大（箱）", "queue at the site, most boxes"),
    "site_boxes_most": Said("查验场内最多（箱）", "standing at the site, most boxes"),
    "scan_wait_mean": Said("机检排队均值（小时）", "wait at the scanner, mean h"),
    "truck_mean": Said("提箱车在港均值（小时）", "fetching truck in port, mean h"),
    "truck_p90": Said("提箱车在港 p90（小时）", "fetching truck in port, p90 h"),
    "missed_hook": Said("未赶上船边提箱（车）", "trucks too late for the ship's side"),
    "rolled": Said("甩箱（箱）", "exports left behind"),
    "berth_hours": Said("首吊至末吊（小时）", "first lift to last, h"),
    "events": Said("仿真事件", "simulated events"),
}
PARAMETER_GROUPS: dict[str, Said] = {
    "day": Said("当日", "the day"),
    "quay": Said("岸边", "quay"),
    "transport": Said("水平运输", "transport"),
    "yard": Said("堆场", "yard"),
    "gate": Said("闸口", "gate"),
    "customs": Said("海关", "customs"),
    "site": Said("查验场", "inspection site"),
    "scanner": Said("机检", "scanner"),
    "haulier": Said("拖车", "haulier"),
}
TRADITIONAL = Said("传统模式", "traditional")
DIVERTED = Said("分流模式", "diverted")
VARIANT = Said("方案", "variant")
PORT_HEADING = Said("全港", "The port")
SEEDS = Said(
    "种子数 {n}；± 为 95 % 区间半宽；变化逐种子对比第一方案。",
    "{n} seeds; ± is half the 95 % interval; changes are taken seed by seed against the first variant.",
)
ASSUMED = Said("{n} 个参数中 {m} 个为假设值（docs/moves.md）。", "{m} of {n} parameters are assumed (docs/moves.md).")
CHANGED = Said("与默认不同：", "Other than the defaults: ")
HOLDS = Said(
    "自该提前申报比例起成立（整个 95 % 区间）；– 表示均不成立",
    "holds from that share declared in advance on (the whole 95 % interval); – nowhere",
)
RATE = Said("查验率", "inspection rate")
AS_GIVEN = Said("现有参数", "as given")
INSTEAD = Said(
    "若另作假设（提前申报 {advance:.0%}，查验 {rate:.0%}）",
    "Under other assumptions ({advance:.0%} in advance, {rate:.0%} inspected)",
)
CLAIM = Said("命题", "claim")
