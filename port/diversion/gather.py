"""The facts of a case out of what was reported: what nobody said stays out, what was said unreadably stays as it is."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from events.types import DeclarationLine, DeclarationLodged, EquipmentEvent
from port.diversion.case import Facts, Needs, Standing
from port.diversion.facts import CustomsStatus

_REEFER_GROUPS = frozenset("RH")
_GROUP_AT = 2
"""ISO 6346: the third character of the size and type code is the type group (G general, R thermal, T tank …)."""


def container_facts(events: Sequence[EquipmentEvent], *, bill_count: int) -> Facts:
    """Facts of the box from the visit's unretracted reports, oldest first: of each value the latest report wins.

    `bill_count` is how many documents are in the box.  Dangerous goods are what any report named; a box for which no
    report names any has an empty list, which is known, because whoever ships them must say so.  No seals reported is
    unknown: terminals leave them out.
    """
    last = _latest(events)
    gross, vgm = last.get("gross_mass_kg"), last.get("vgm_kg")
    goods = {one for event in events for one in event.dangerous_goods}
    classes = {one.imo_class for one in goods if one.imo_class}
    facts = {
        **last,
        "has_dangerous_goods": bool(goods),
        "dangerous_goods_classes": tuple(sorted(classes)),
        "un_numbers": tuple(sorted({one.un_number for one in goods})),
        "container_type_group": _type_group(last.get("iso_size_type")),
        "is_reefer": _is_reefer(events),
        "mass_discrepancy_kg": _gap(gross, vgm),
        "bill_count": bill_count,
        "is_lcl": bill_count > 1 if bill_count else None,
    }
    return _known(facts)


def container_needs(events: Sequence[EquipmentEvent]) -> Needs:
    """What a place must offer the box; a class nobody named is "?", so that no ordinary place takes it."""
    classes = {one.imo_class or "?" for event in events for one in event.dangerous_goods}
    return Needs(tuple(sorted(classes)), has_plug=_is_reefer(events) is True)


def declaration_facts(declaration: DeclarationLodged, status: CustomsStatus) -> Facts:
    """Facts of a declaration; totals only when every line tells its part, a total value only in one currency."""
    lines, consignee = declaration.lines, declaration.consignee
    currencies = {line.currency for line in lines}
    return _known(
        {
            "direction": declaration.direction.value,
            "declaration_mode": declaration.mode and declaration.mode.value,
            "customs_status": status.value,
            "inspect_at": declaration.inspect_at.value,
            "consignee_credit_grade": consignee and consignee.credit_grade and consignee.credit_grade.value,
            "consignee_code": consignee and consignee.code,
            "declarant_code": declaration.declarant and declaration.declarant.code,
            "line_count": len(lines) or None,
            "total_net_mass_kg": _total(line.net_mass_kg for line in lines),
            "total_declared_value": _total(line.declared_value for line in lines) if len(currencies) == 1 else None,
        }
    )


def declared(
    document: str, declaration: DeclarationLodged, status: CustomsStatus, *, key: str, site: str | None = None
) -> Standing:
    """The standing of `document` by one active declaration of it; `key` is what draws and rows call the declaration,
    `site` where its order sends the box."""
    return Standing(
        document,
        key,
        status,
        inspect_at=declaration.inspect_at,
        facts=declaration_facts(declaration, status),
        lines=tuple(map(line_facts, declaration.lines)),
        site=site,
    )


def line_facts(line: DeclarationLine) -> Facts:
    """Facts of one goods line."""
    return _known(
        {
            "hs_code": line.hs_code,
            "origin_country": line.origin_country,
            "quantity": line.quantity,
            "net_mass_kg": line.net_mass_kg,
            "declared_value": line.declared_value,
            "currency": line.currency,
            "value_per_kg": _per_kg(line.declared_value, line.net_mass_kg),
        }
    )


def _latest(events: Iterable[EquipmentEvent]) -> dict[str, object]:
    """Each reported value by fact name, the later report over the earlier; what no report has is not in it."""
    latest: dict[str, object] = {}
    for event in events:
        told = {
            "facility_code": event.facility_code,
            "vessel_imo_number": event.vessel.vessel_imo_number,
            "mode_of_transport": event.mode_of_transport and event.mode_of_transport.value,
            "iso_size_type": event.iso_equipment_code,
            "set_point_celsius": event.reefer_set_point_celsius,
            "gross_mass_kg": event.gross_mass_kg,
            "vgm_kg": event.vgm_kg,
            "seal_count": len(event.seals) or None,
        }
        latest.update(_known(told))
    return latest


def _known(told: Mapping[str, object]) -> Facts:
    """Without what was not said: None and blank text say nothing."""
    return {name: value for name, value in told.items() if value is not None and value != ""}


def _type_group(size_type: object) -> str | None:
    group = size_type[_GROUP_AT : _GROUP_AT + 1] if isinstance(size_type, str) else ""
    # The codes of before 1995 have a digit here and tell the type otherwise.
    return group if group.isalpha() else None


def _is_reefer(events: Sequence[EquipmentEvent]) -> bool | None:
    """A set point means a reefer that is running; without one the size and type code tells, if there is one."""
    if any(event.reefer_set_point_celsius is not None for event in events):
        return True
    told = [event.iso_equipment_code for event in events if event.iso_equipment_code]
    group = _type_group(told[-1]) if told else None
    return None if group is None else group in _REEFER_GROUPS


def _gap(gross: object, vgm: object) -> float | None:
    return abs(gross - vgm) if isinstance(gross, float) and isinstance(vgm, float) else None


def _total(parts: Iterable[float | None]) -> float | None:
    told = list(parts)
    known = [part for part in told if part is not None]
    if not known or len(known) != len(told):
        return None
    # Sorted, because a sum of floats depends on the order of the lines; one unreadable part makes the total so.
    return sum(sorted(known)) if all(map(math.isfinite, known)) else math.nan


def _per_kg(value: float | None, mass: float | None) -> float | None:
    """None for a mass of nothing: then the value per kg is not known, rather than endless."""
    return value / mass if value is not None and mass else None
