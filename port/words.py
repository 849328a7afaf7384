"""The words of a status: what the headline says, what comes next, and whose turn it is."""

from __future__ import annotations

from dataclasses import dataclass

from port.visit.status import Customs, MovementState


@dataclass(frozen=True, slots=True)
class Words:
    """A code with its Chinese and English; a headline's at most 6 characters and 3 words."""

    code: str
    zh: str
    en: str


Said = tuple[Words, Words, str | None]
"""Headline, next step, and the role whose turn it is."""

NOTHING = Words("NONE", "无需操作", "Nothing to do")
WAIT_FOR_VESSEL = Words("WAIT_FOR_VESSEL", "等待船舶抵港", "Wait for the vessel")
WAIT_FOR_GATE_IN = Words("WAIT_FOR_GATE_IN", "等待进闸", "Bring the container in")
WAIT_FOR_DISCHARGE = Words("WAIT_FOR_DISCHARGE", "等待卸船", "Wait for discharge")
WAIT_FOR_DEPARTURE = Words("WAIT_FOR_DEPARTURE", "等待离港", "Wait for departure")
WAIT_FOR_LOADING = Words("WAIT_FOR_LOADING", "等待装船", "Wait for loading")
WAIT_FOR_CUSTOMS = Words("WAIT_FOR_CUSTOMS", "等待海关处理", "Wait for customs")
WAIT_FOR_INSPECTION = Words("WAIT_FOR_INSPECTION", "等待查验", "Wait for the inspection")
WAIT_FOR_OTHERS = Words("WAIT_FOR_OTHERS", "等待同箱其他货物", "Wait for the other cargo in it")
WAIT_FOR_ARRIVAL = Words("WAIT_FOR_ARRIVAL", "等待到达", "Wait for the truck to arrive")
LEAVE_SITE = Words("LEAVE_SITE", "离开查验场", "Move out of the inspection site")
REPORT_EXIT = Words("REPORT_EXIT", "补报离场", "Report the exit")
GET_CARRIER_RELEASE = Words("GET_CARRIER_RELEASE", "办理换单放货", "Get the carrier's release")
PAY_CHARGES = Words("PAY_CHARGES", "缴清费用", "Pay the charges")
PICK_UP = Words("PICK_UP", "安排提箱", "Pick it up")
REPORT_ARRIVAL = Words("REPORT_ARRIVAL", "发送运抵报告", "Send the arrival report")
REPORT_AGAIN = Words("REPORT_AGAIN", "等待重新报告", "Wait for a new report")

EXPECTED = Words("EXPECTED", "预计到港", "Expected")
MOVED: dict[MovementState, Said] = {
    MovementState.EXPECTED: (EXPECTED, WAIT_FOR_VESSEL, "carrier"),
    MovementState.ON_VESSEL: (Words("ON_VESSEL", "在船待卸", "On vessel"), WAIT_FOR_DISCHARGE, "carrier"),
    MovementState.DISCHARGED: (Words("DISCHARGED", "已卸船", "Discharged"), NOTHING, "terminal"),
    MovementState.IN_YARD: (Words("IN_YARD", "在堆场", "In yard"), NOTHING, "terminal"),
    MovementState.IN_TRANSFER: (Words("IN_TRANSFER", "转场途中", "In transfer"), WAIT_FOR_ARRIVAL, "haulier"),
    MovementState.AT_INSPECTION: (
        Words("AT_INSPECTION", "在查验场", "At inspection site"),
        WAIT_FOR_CUSTOMS,
        "customs",
    ),
    MovementState.GATED_IN: (Words("GATED_IN", "已进闸", "Gated in"), NOTHING, "terminal"),
    MovementState.LOADED: (Words("LOADED", "已装船", "Loaded"), WAIT_FOR_DEPARTURE, "carrier"),
    MovementState.GATED_OUT: (Words("GATED_OUT", "已出闸", "Gated out"), NOTHING, None),
    MovementState.DEPARTED: (Words("DEPARTED", "已离港", "Departed"), NOTHING, None),
    MovementState.EXIT_NOT_REPORTED: (
        Words("EXIT_NOT_REPORTED", "离场未报", "Exit not reported"),
        REPORT_EXIT,
        "terminal",
    ),
}
GONE = Words("GONE", "已提离", "Gone")

CUSTOMS: dict[Customs, Said] = {
    Customs.HELD: (
        Words("HELD", "海关扣留", "Customs hold"),
        Words("ANSWER_CUSTOMS", "联系海关", "Contact customs"),
        "customs",
    ),
    Customs.INSPECTING: (
        Words("INSPECTING", "正在查验", "Being inspected"),
        Words("WAIT_FOR_RESULT", "等待查验结果", "Wait for the result"),
        "customs",
    ),
    Customs.INSPECTION_ORDERED: (
        Words("INSPECTION", "需要查验", "Inspection"),
        Words("BRING_TO_INSPECTION", "送往查验场", "Bring it to the inspection site"),
        "customs",
    ),
    Customs.SCAN_ORDERED: (
        Words("SCAN", "需要机检", "Scan"),
        Words("BRING_TO_SCAN", "送往机检", "Bring it to the scanner"),
        "customs",
    ),
    Customs.REJECTED: (
        Words("REJECTED", "申报退单", "Declaration rejected"),
        Words("CORRECT_DECLARATION", "改正后重新申报", "Correct the declaration"),
        "broker",
    ),
    Customs.NOT_DECLARED: (
        Words("NOT_DECLARED", "尚未申报", "Not declared"),
        Words("DECLARE", "申报", "Declare"),
        "broker",
    ),
    Customs.VOID: (
        Words("VOID", "申报已撤", "Declaration withdrawn"),
        Words("DECLARE_AGAIN", "重新申报", "Declare again"),
        "broker",
    ),
    Customs.UNDER_REVIEW: (Words("AWAITING_RELEASE", "等待放行", "Awaiting release"), WAIT_FOR_CUSTOMS, "customs"),
    Customs.DECLARED: (Words("AWAITING_RELEASE", "等待放行", "Awaiting release"), WAIT_FOR_CUSTOMS, "customs"),
    Customs.NO_INSPECTION: (Words("NO_INSPECTION", "无需查验", "No inspection"), WAIT_FOR_CUSTOMS, "customs"),
}
ORDERED = (Customs.HELD, Customs.INSPECTING, Customs.INSPECTION_ORDERED, Customs.SCAN_ORDERED)

WITH_CUSTOMS = Words("WITH_CUSTOMS", "等待海关", "With customs")
OTHER_CARGO = Words("OTHER_CARGO", "等待同箱货", "Waits for others")
TO_BE_CONFIRMED = Words("AWAITING_ORDER", "待查验指令", "Awaiting order")
AWAITING_CARRIER = Words("AWAITING_CARRIER", "等待放货", "Awaiting carrier")
CHARGES_DUE = Words("CHARGES_DUE", "待缴费用", "Charges due")
AWAITING_ARRIVAL = Words("AWAITING_ARRIVAL", "等待运抵", "Awaiting arrival")
RELEASED = Words("RELEASED", "已放行", "Released")
READY = Words("READY", "可以提箱", "Ready")
MAY_LOAD = Words("MAY_LOAD", "可以装船", "May load")
REPORT_WITHDRAWN = Words("REPORT_WITHDRAWN", "报告已撤回", "Report withdrawn")
