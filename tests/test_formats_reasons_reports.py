"""Every reason the decoder of an EDIFACT report says it may give is given, and no other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from types import ModuleType

import pytest

from adapters import baplie, coarri, codeco, coprar, equipment_report, iftsta
from adapters.seam import SenderProfile
from build_formats import interchange as enveloped
from build_formats import sender
from build_reasons import TWO, Case, named, refused

KNOWN = sender(known_facilities=frozenset({"XMEG", "XMHT"}))


@dataclass(frozen=True)
class Report:
    """A report about one box, its parts to be replaced one by one."""

    module: ModuleType
    bgm: str = "BGM+34+EG1+9'"
    head: str = ""
    group: str = "EQD+CN+XMLU1044773'DTM+7:202611201305:203'LOC+165+CNXMN:139:6'"
    by: SenderProfile = field(default_factory=sender)
    is_plan: bool = False

    def cases(self) -> Iterator[tuple[str, Case]]:
        """What each reason is given for."""
        yield "BAD_CONTAINER_NUMBER", self.with_("1044773", "1044774")
        yield "UNKNOWN_CODE", self.with_("EQD+CN", "EQD+CH")
        yield "UNKNOWN_CODE", self.with_(":203'", ":999'")
        yield "UNKNOWN_CODE", self.with_("+9'", "+3'")
        yield "TIME_MISSING", self.with_("DTM+", "FTX+")
        yield "DATE_WITHOUT_TIME", self.with_("201305:203", ":102")
        yield "BAD_VALUE", self.with_("201305:203", "991305:203")
        yield "FACILITY_MISSING", (self.body(), TWO)
        yield "FOREIGN_FACILITY", self.with_("CNXMN:139:6", "CNXMN:139:6+XMHT", by=KNOWN)
        yield "SEGMENT_MISSING", self.with_(self.bgm, "")
        yield "SEGMENT_MISSING", self.with_(self.group, "")
        yield "FIELD_MISSING", self.with_("EG1+9'", "+5'")
        if not self.is_plan:
            yield "FUTURE_TIME", self.with_("202611201305", "203611201305")

    def body(self, text: str = "") -> bytes:
        name = self.module.__name__.rpartition(".")[2].upper()
        return enveloped(f"{name}'{text or self.bgm + self.head + self.group}")

    def with_(self, old: str, new: str, *, by: SenderProfile | None = None) -> Case:
        text = (self.bgm + self.head + self.group).replace(old, new)
        assert text != self.bgm + self.head + self.group
        return self.body(text), by or self.by


ETA = "DTM+132:202611201305:203'"
REPORTS = [
    Report(codeco),
    Report(coarri, bgm="BGM+44+EG1+9'"),
    Report(
        coprar,
        bgm="BGM+43+EG1+9'",
        head=ETA,
        group="EQD+CN+XMLU1044773'LOC+11+CNXMN:139:6'",
        is_plan=True,
    ),
    Report(
        baplie,
        bgm="BGM++EG1+9'",
        head=ETA,
        group="LOC+147+0380886'LOC+11+CNXMN:139:6'EQD+CN+XMLU1044773'",
        is_plan=True,
    ),
    Report(
        iftsta,
        bgm="BGM+23+EG1+9'",
        group="STS+1+UV'DTM+334:202611201305:203'LOC+175+CNXMN:139:6'EQD+CN+XMLU1044773'",
    ),
]


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.module.__name__)
def test_a_report_gives_every_reason_its_decoder_names_and_no_other(report):
    assert refused("edifact", report.body(), report.by) == set()
    for reason, (body, by) in report.cases():
        assert refused("edifact", body, by) == {reason}
    told = named(report.module.decode, equipment_report.decode_report)
    assert told == {reason for reason, _ in report.cases()}
