"""Happenings: what became of a visit or a mailing in the eyes of one viewer, by comparing two shares of its record.

They are what webhooks, pushes, messages and mails are about.  Both shares are already cut to what the viewer may see,
so that rights decide what is told, and nothing here knows of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

Wire = Mapping[str, Any]  # JSON as it leaves, of `port.projecting` or of a mailing

NOTHING_YET: Wire = {}
"""What there was to see before the first version."""

_GONE = frozenset({"LOADED", "GATED_OUT", "DEPARTED"})
_IN_FORCE = frozenset({"ISSUED", "ACKNOWLEDGED", "EXECUTED"})
_ORDERED = frozenset({"INSPECTION_ORDERED", "SCAN_ORDERED"})
_AFTER_INSPECTING = frozenset({"UNDER_REVIEW", "HELD", "NO_INSPECTION", "RELEASED"})


@dataclass(frozen=True, slots=True)
class _Read:
    """What is compared of a share; None is unknown, or not for this viewer."""

    movement: str | None = None
    customs: str | None = None
    carrier: str | None = None
    is_ready: bool = False
    may_load: bool = False
    headline: str | None = None
    route: str | None = None
    step: str | None = None
    place: str | None = None
    mailing: str | None = None

    @property
    def is_diverted(self) -> bool:
        """Whether an instruction, or where it sends the box, is shown and in force."""
        return self.step in _IN_FORCE or (self.step is None and self.place is not None)


def _read(told: Wire) -> _Read:
    facets, instruction = told.get("facets") or {}, told.get("instruction") or {}
    return _Read(
        movement=facets.get("movement"),
        customs=facets.get("customs"),
        carrier=facets.get("carrier"),
        is_ready=bool(told.get("readyForPickup")),
        may_load=bool(told.get("mayLoad")),
        headline=(told.get("headline") or {}).get("code"),
        route=instruction.get("route"),
        step=instruction.get("state"),
        place=told.get("place"),
        mailing=told.get("state") if "mailingID" in told else None,
    )


_Test = Callable[[_Read, _Read], bool]


@dataclass(frozen=True, slots=True)
class Happening:
    """A type of event with its words; `is_of_movement` where it is new by itself, even to who sees the box only now."""

    type: str
    zh: str
    en: str
    test: _Test
    is_of_movement: bool = False


def _moved(type: str, zh: str, en: str, movement: str) -> Happening:
    return Happening(type, zh, en, lambda was, now: now.movement == movement != was.movement, is_of_movement=True)


def _customs(type: str, zh: str, en: str, *became: str) -> Happening:
    return Happening(type, zh, en, lambda was, now: now.customs in became and now.customs != was.customs)


def _mailed(type: str, zh: str, en: str, state: str) -> Happening:
    return Happening(type, zh, en, lambda was, now: now.mailing == state != was.mailing)


def _is_newly_diverted(was: _Read, now: _Read) -> bool:
    return now.is_diverted and (not was.is_diverted or (now.route, now.place) != (was.route, was.place))


def _is_inspected(was: _Read, now: _Read) -> bool:
    if was.customs == "INSPECTING":
        return now.customs in _AFTER_INSPECTING
    return was.customs in _ORDERED and now.customs == "UNDER_REVIEW"


def _never(_was: _Read, _now: _Read) -> bool:
    return False


DISCLOSED = Happening("container.disclosed", "新可见", "You may see this container from now on", _never)
# In the order in which one commit's are told.
HAPPENINGS: tuple[Happening, ...] = (
    DISCLOSED,
    _moved("container.expected", "预计到港", "Announced", "EXPECTED"),
    _moved("container.discharged", "已卸船", "Discharged", "DISCHARGED"),
    _moved("container.gated_in", "已进闸", "Gated in", "GATED_IN"),
    Happening("container.diverted", "已分流", "Told where to go", _is_newly_diverted),
    Happening(
        "container.instruction_ended", "分流指令已撤", "The instruction was cancelled or expired",
        lambda was, now: was.step in _IN_FORCE and now.step in ("CANCELLED", "EXPIRED"),
    ),
    _moved("container.in_transfer", "转场途中", "On its way to another site", "IN_TRANSFER"),
    _moved("container.at_inspection", "已到查验场", "At the inspection site", "AT_INSPECTION"),
    _customs("container.inspection_ordered", "需要查验", "Customs wants to inspect or scan it", *sorted(_ORDERED)),
    _customs("container.inspection_started", "正在查验", "The inspection has begun", "INSPECTING"),
    Happening("container.inspection_finished", "查验结束", "The inspection is over", _is_inspected),
    _customs("container.customs_held", "海关扣留", "Held by customs", "HELD"),
    _customs("container.customs_rejected", "申报退单", "The declaration was rejected", "REJECTED"),
    _customs("container.customs_released", "海关放行", "Released by customs", "RELEASED"),
    Happening(
        "container.release_withdrawn", "放行已撤", "No longer released by customs",
        lambda was, now: was.customs == "RELEASED" and now.customs not in (None, "RELEASED"),
    ),
    Happening(
        "container.carrier_released", "船公司放货", "Released by the carrier",
        lambda was, now: now.carrier == "RELEASED" != was.carrier,
    ),
    Happening(
        "container.ready_for_pickup", "可以提箱", "Ready for pick-up",
        lambda was, now: now.is_ready and not was.is_ready,
    ),
    Happening(
        "container.not_ready", "暂不能提箱", "No longer ready for pick-up",
        lambda was, now: was.is_ready and not now.is_ready and now.movement not in _GONE,
    ),
    Happening("container.may_load", "可以装船", "May be loaded", lambda was, now: now.may_load and not was.may_load),
    Happening(
        "container.may_not_load", "暂不能装船", "May no longer be loaded",
        lambda was, now: was.may_load and not now.may_load and now.movement not in _GONE,
    ),
    _moved("container.loaded", "已装船", "Loaded", "LOADED"),
    _moved("container.gated_out", "已出闸", "Gated out", "GATED_OUT"),
    _moved("container.exit_not_reported", "离场未报", "Left without a report", "EXIT_NOT_REPORTED"),
    Happening(
        "container.report_withdrawn", "报告已撤回", "What was reported of it was withdrawn",
        lambda was, now: now.headline == "REPORT_WITHDRAWN" != was.headline,
    ),
    _mailed("certificate.signed", "证书已签发", "The certificate is signed", "SIGNED"),
    _mailed("certificate.in_locker", "证书已入柜", "The certificate lies in a locker", "IN_LOCKER"),
    _mailed("certificate.shipped", "证书已寄出", "The courier has the certificate", "COLLECTED"),
    _mailed("certificate.delivered", "证书已送达", "The certificate is delivered", "DELIVERED"),
    _mailed("certificate.returned", "证书已退回", "The certificate came back", "RETURNED"),
    _mailed("certificate.expired", "证书逾期未取", "The certificate was not fetched in time", "EXPIRED"),
    _mailed("certificate.cancelled", "证书寄递已取消", "The mailing was cancelled", "CANCELLED"),
)  # fmt: skip
TYPES: dict[str, Happening] = {happening.type: happening for happening in HAPPENINGS}
ORDINALS: dict[str, int] = {happening.type: place for place, happening in enumerate(HAPPENINGS)}
"""In which order the happenings of one version are told."""


def happenings(before: Wire | None, after: Wire) -> tuple[str, ...]:
    """The types of what became of `before`, in the order of HAPPENINGS.

    `before` is the version before as the viewer of `after` sees it, NOTHING_YET for a first version; None where the
    viewer saw nothing of it before, and is told that it now does.
    """
    if before is None:
        return (DISCLOSED.type,)
    was, now = _read(before), _read(after)
    return tuple(one.type for one in HAPPENINGS if one.test(was, now))


def disclosed(before: Wire, after: Wire) -> tuple[str, ...]:
    """As `happenings` for who sees the visit only since this version: that it is so, and what the box itself did.

    Of papers nothing: what they say may be old, and new to this viewer alone.
    """
    told = happenings(before, after)
    return (DISCLOSED.type, *(type for type in told if TYPES[type].is_of_movement))
