"""What inspections found, declaration by declaration, as the log tells it up to a position."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from events import log
from events.types import CustomsNotice, DeclarationLodged, InspectionResult, NoticeStatus, Recorded
from port.diversion import gather
from port.diversion.facts import CustomsStatus
from port.diversion.profiles import Profiles
from port.filing import declaration_keys
from port.visit.declarations import Declared, Notice, declared

_ROUNDS = 8
"""A declaration's names lead to each other; nobody gives it more than three."""
_EVERY_BOX = ""


def keys_of_standing(declaration: str) -> str:
    """The key under which the log files a declaration that cases call by this name."""
    for prefix, key in (("SEQ", "s"), ("CIQ", "q")):
        if declaration.startswith(prefix):
            return f"{key}:{declaration[len(prefix) :]}"
    return f"n:{declaration}"


def facts_under(connection: Connection, keys: Iterable[str], *, upto: int | None = None) -> list[Recorded]:
    """Every lodging and notice of the declarations known by these keys, or by others of their names, in log order."""
    found: dict[int, Recorded] = {}
    waiting, followed = sorted(set(keys)), set[str]()
    for _ in range(_ROUNDS):
        if not waiting:
            break
        followed.update(waiting)
        for one in log.find_by_keys(connection, waiting):
            is_paper = isinstance(one.recorded.fact, DeclarationLodged | CustomsNotice)
            if is_paper and (upto is None or one.recorded.position <= upto):
                found[one.recorded.position] = one.recorded
        waiting = sorted({key for recorded in found.values() for key in _names(recorded)} - followed)
    return [found[position] for position in sorted(found)]


def declarations_of(facts: Sequence[Recorded]) -> dict[str, Declared]:
    """The declarations these facts tell of, with the notices that follow each."""
    lodgings = [(recorded, recorded.fact) for recorded in facts if isinstance(recorded.fact, DeclarationLodged)]
    notices = [(recorded, recorded.fact) for recorded in facts if isinstance(recorded.fact, CustomsNotice)]
    return declared(lodgings, notices)


def outcome_for_box(declaration: Declared, container_number: str) -> bool | None:
    """Whether the inspection of this box under the declaration found something; None when nobody has said."""
    return _outcome(declaration.about(container_number))


def learn(declarations: Iterable[Declared]) -> Profiles:
    """Profiles that know of these declarations and no others; each with a known outcome is learnt once."""
    profiles = Profiles()
    for declaration in declarations:
        found = _outcome(declaration.notices)
        if found is not None:
            content = declaration.content
            facts = gather.declaration_facts(content, CustomsStatus.UNDER_REVIEW)
            profiles.learn(facts, tuple(map(gather.line_facts, content.lines)), found=found)
    return profiles


def is_finished(notice: CustomsNotice) -> bool:
    """Whether this says what an inspection found."""
    return notice.status is NoticeStatus.INSPECTION_FINISHED and notice.result is not None


def _outcome(notices: Iterable[Notice]) -> bool | None:
    """Of several results for a box the latest counts; something found in one box was found in the declaration."""
    results: dict[str, InspectionResult] = {}
    for _, notice in notices:
        if notice.result is None or not is_finished(notice):
            continue
        if not notice.containers:
            results.clear()
        results.update(dict.fromkeys(notice.containers or (_EVERY_BOX,), notice.result))
    return InspectionResult.ABNORMAL in results.values() if results else None


def _names(recorded: Recorded) -> Iterable[str]:
    fact = recorded.fact
    return declaration_keys(fact) if isinstance(fact, DeclarationLodged | CustomsNotice) else ()
