"""How each line of a timeline is called, in Chinese and English.  布控 is in none of them: the trade reads these."""

from __future__ import annotations

from events.types import (
    CarrierReleaseStatus,
    Classifier,
    EquipmentEventType,
    InspectionResult,
    InstructionStep,
    NoticeStatus,
    Route,
)

Title = tuple[str, str]

MOVEMENTS: dict[EquipmentEventType, Title] = {
    EquipmentEventType.GTIN: ("进闸", "Gated in"),
    EquipmentEventType.GTOT: ("出闸", "Gated out"),
    EquipmentEventType.LOAD: ("装船", "Loaded on vessel"),
    EquipmentEventType.DISC: ("卸船", "Discharged from vessel"),
    EquipmentEventType.DROP: ("落箱", "Grounded in yard"),
    EquipmentEventType.PICK: ("提箱", "Picked up"),
    EquipmentEventType.STUF: ("装箱", "Stuffed"),
    EquipmentEventType.STRP: ("拆箱", "Stripped"),
    EquipmentEventType.RSEA: ("重新施封", "Resealed"),
    EquipmentEventType.RMVD: ("移箱", "Removed"),
    EquipmentEventType.INSP: ("查验", "Inspected"),
    EquipmentEventType.AVPU: ("可供提箱", "Available for pick-up"),
    EquipmentEventType.AVDO: ("可供还箱", "Available for drop-off"),
    EquipmentEventType.CUSS: ("海关机检", "Customs scan"),
    EquipmentEventType.CUSI: ("海关查验", "Customs inspection"),
    EquipmentEventType.CUSR: ("海关放行", "Customs release"),
    EquipmentEventType.CROS: ("过境", "Crossed border"),
}
CLASSIFIED: dict[Classifier, Title] = {
    Classifier.ACT: ("", ""),
    Classifier.EST: ("预计", "Estimated: "),
    Classifier.PLN: ("计划", "Planned: "),
}
NOTICES: dict[NoticeStatus, Title] = {
    NoticeStatus.ACCEPTED: ("申报已受理", "Declaration accepted"),
    NoticeStatus.UNDER_REVIEW: ("海关审核", "Under review"),
    NoticeStatus.NO_INSPECTION: ("无需查验", "No inspection needed"),
    NoticeStatus.SCAN_ORDERED: ("需要机检", "Scan ordered"),
    NoticeStatus.INSPECTION_ORDERED: ("需要查验", "Inspection ordered"),
    NoticeStatus.INSPECTION_STARTED: ("开始查验", "Inspection started"),
    NoticeStatus.INSPECTION_FINISHED: ("查验结束", "Inspection finished"),
    NoticeStatus.RELEASED: ("海关放行", "Customs released"),
    NoticeStatus.HELD: ("海关扣留", "Held by customs"),
    NoticeStatus.REJECTED: ("申报退单", "Declaration rejected"),
    NoticeStatus.CANCELLED: ("申报撤销", "Declaration cancelled"),
    NoticeStatus.ARRIVAL_REPORTED: ("运抵报告", "Arrival reported"),
    NoticeStatus.TIMELINE_ONLY: ("海关回执", "Customs receipt"),
}
RESULTS: dict[InspectionResult, Title] = {
    InspectionResult.PASS: ("查验通过", "Inspection passed"),
    InspectionResult.ABNORMAL: ("查验异常", "Inspection discrepancy"),
}
RELEASES: dict[CarrierReleaseStatus, Title] = {
    CarrierReleaseStatus.RELEASED: ("放货", "Released by carrier"),
    CarrierReleaseStatus.REVOKED: ("撤回放货", "Carrier release revoked"),
}
ROUTES: dict[Route, Title] = {
    Route.DIRECT_RELEASE: ("直提直装", "Direct release"),
    Route.SCAN: ("送机检", "To scan"),
    Route.INSPECTION: ("送查验场", "To inspection"),
    Route.YARD: ("进堆场", "To yard"),
    Route.HOLD: ("等待海关", "With customs"),
}
STEPS: dict[InstructionStep, Title] = {
    InstructionStep.CONFIRMED: ("指令依据更新", "Instruction confirmed"),
    InstructionStep.SUPERSEDED: ("指令已被取代", "Instruction superseded"),
    InstructionStep.ACKNOWLEDGED: ("指令已确认", "Instruction acknowledged"),
    InstructionStep.EXECUTED: ("指令已执行", "Instruction executed"),
    InstructionStep.CANCELLED: ("指令已取消", "Instruction cancelled"),
    InstructionStep.EXPIRED: ("指令已过期", "Instruction expired"),
}
MANIFESTED: Title = ("舱单", "Manifest")
LODGED: Title = ("申报", "Declaration lodged")
WITHDRAWN: Title = ("撤回", "Report withdrawn")
DECIDED: Title = ("分流决定", "Diversion decided")
ALERTED: Title = ("需关员处理", "Officer alerted")
NOMINATED: Title = ("已授权查看", "Party nominated")
NOMINATION_REVOKED: Title = ("授权已收回", "Nomination revoked")
INSTRUCTED: Title = ("指令", "Instruction")


def joined(*titles: Title, between: str = " ") -> Title:
    """Chinese words run together, English ones apart."""
    chinese = "".join(zh for zh, _ in titles)
    return chinese, between.join(en for _, en in titles if en)
