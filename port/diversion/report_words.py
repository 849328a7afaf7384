"""The words of the report page, in Chinese and in English."""

from __future__ import annotations

from typing import NamedTuple


class Said(NamedTuple):
    """The same said twice."""

    zh: str
    en: str


TITLE = Said("布控规则回测报告", "Back-test of a ruleset")
RULESET = Said("规则版本", "Ruleset")
AGAINST = Said("对照版本", "Compared with")
CASES = Said("案例数", "Cases")
SPAN = Said("起止", "From, to")
LEARNT = Said("已知结果的历史查验", "Past inspections learnt from")
UNKNOWN = Said("结果未知（放行且从未查验）", "Outcome unknown (released, never opened)")
FAULTS = Said("规则无法判定", "The table could not decide")
INSPECTIONS = Said("查验", "Inspections")
ALL = Said("全部", "All")
BY_RULES = Said("按规则", "By rules")
RANDOM = Said("随机", "At random")
INSPECTED = Said("查验数", "Inspected")
KNOWN = Said("结果已知", "Outcome known")
FINDS = Said("查获", "Finds")
PRECISION = Said("查获率（95% 区间）", "Precision (95 % interval)")
RECALL = Said("召回率（仅由随机样本估计）", "Recall (from the random stratum alone)")
KNOWN_RECALL = Said("召回率（按文件中已知结果）", "Recall (over the outcomes the file knows)")
PRICE = Said("随机底线的代价（少查获数）", "Price of the random floor, in finds")
BUDGET = Said("查验预算", "Budget")
TOP_UP = Said("补充查验的风险分界", "Top-up from a risk of")
NOT_KNOWN = Said("无从得知", "not known")
ROWS = Said("各行规则", "Rows")
ROW = Said("行", "Row")
ROUTE = Said("去向", "Route")
SENTENCE = Said("内容", "What it says")
HITS = Said("命中", "Holds")
INCREMENTAL = Said("决定", "Decides")
EXCLUSIVE = Said("独有", "Alone")
ROW_PRECISION = Said("各行查获率", "Precision by row")
FLIPS = Said("去向变化", "What goes elsewhere")
FROM_TO = Said("行：对照版本；列：本版本", "Down: compared with. Across: this version.")
FLIP_CASES = Said("变化的案例（每格最多二百例）", "Cases that go elsewhere (at most 200 of each cell)")
CONTAINER = Said("集装箱／报关单", "Container or declaration")
DECISION = Said("决定编号", "Decision")
DAYS = Said("每日", "By day")
HOURS = Said("每小时查验与场地能力", "Inspections per hour, and what the sites can do")
CAPACITY = Said("场地能力", "Capacity")
BUSIEST = Said("最忙的一小时", "Busiest hour")
OVER = Said("超过能力的小时数", "Hours above capacity")
CALIBRATION = Said("补充查验的校准", "Calibration of the top-up")
EXPECTED = Said("期望比例", "Expected rate")
REACHED = Said("达到比例", "Rate reached")
MISSING = Said("常缺的事实", "Facts that are missing")
FACT = Said("事实", "Fact")
ASKED = Said("询问", "Asked")
IS_MISSING = Said("缺", "Missing")
IS_UNREADABLE = Said("不可读", "Unreadable")
FROM = Said("原", "From")
TO = Said("现", "To")
CASES_BY_DAY = Said("案例", "cases")
NOTE = Said(
    "放行且从未查验的案例按“未知”计，不算作无问题；召回率只能由随机查验的样本得出。",
    "A case that was released and never opened counts as unknown, not as clean; recall can only come from what was "
    "opened at random.",
)
