"""The inspection sites as values: which bays and plugs are taken, and which place suits a box."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from events.types import Route
from port.diversion.case import Needs
from port.diversion.table import Site

ANY_CLASS = "*"


@dataclass(frozen=True, slots=True)
class Reservation:
    """A bay kept for one box.  `holder` names the box's visit; it has one reservation at a time."""

    holder: str
    site: str
    has_plug: bool = False


@dataclass(frozen=True, slots=True)
class SiteState:
    """What is taken at the sites.  `is_known` false means that nobody can tell, and then no bay counts as free."""

    reservations: tuple[Reservation, ...] = ()
    is_known: bool = True

    def bays_taken(self, site: str) -> int:
        """How many boxes hold a bay there."""
        return sum(one.site == site for one in self.reservations)

    def plugs_taken(self, site: str) -> int:
        """How many of them hold a reefer plug."""
        return sum(one.site == site and one.has_plug for one in self.reservations)


def reserve(state: SiteState, reservation: Reservation) -> SiteState:
    """The state with this reservation in place of any the holder had."""
    return SiteState((*free(state, reservation.holder).reservations, reservation), state.is_known)


def free(state: SiteState, holder: str) -> SiteState:
    """The state without the holder's reservation; the same when it had none."""
    return SiteState(tuple(one for one in state.reservations if one.holder != holder), state.is_known)


def seen(state: SiteState, sites: Sequence[Site]) -> str:
    """What a decision saw of the sites, as canonical JSON: free bays and plugs by site; null is without limit."""
    if not state.is_known:
        return "{}"
    told = {
        site.code: {
            "freeBays": None if site.bays is None else max(0, site.bays - state.bays_taken(site.code)),
            "freePlugs": max(0, site.reefer_plugs - state.plugs_taken(site.code)),
        }
        for site in sites
    }
    return json.dumps(told, sort_keys=True, separators=(",", ":"))


class Lack(StrEnum):
    """Why there is no place: NONE_SUITS, or those that suit are FULL."""

    NONE_SUITS = "NONE_SUITS"
    FULL = "FULL"


def find_place(route: Route, sites: Sequence[Site], *, needs: Needs, state: SiteState) -> Site | Lack:
    """The first site in table order that serves the route, suits the box and has room."""
    fitting = [site for site in sites if route in site.kinds and suits(site, needs)]
    if not fitting:
        return Lack.NONE_SUITS
    return next((site for site in fitting if _has_room(site, needs, state=state)), Lack.FULL)


def find_room(site: Site, needs: Needs, *, state: SiteState) -> Site | Lack:
    """The site itself, when it suits the box and has room: for where customs has named the one."""
    if not suits(site, needs):
        return Lack.NONE_SUITS
    return site if _has_room(site, needs, state=state) else Lack.FULL


def suits(site: Site, needs: Needs) -> bool:
    """May this box stand there at all: its dangerous goods taken, a plug if it needs one?"""
    has_plug = site.reefer_plugs > 0 or not needs.has_plug
    return has_plug and all(_takes(site, one) for one in needs.dangerous_goods_classes)


def _takes(site: Site, dangerous_goods_class: str) -> bool:
    main_class, _, _ = dangerous_goods_class.partition(".")
    return not {ANY_CLASS, dangerous_goods_class, main_class}.isdisjoint(site.dangerous_goods_classes)


def _has_room(site: Site, needs: Needs, *, state: SiteState) -> bool:
    if not state.is_known:
        return False
    has_bay = site.bays is None or state.bays_taken(site.code) < site.bays
    return has_bay and (not needs.has_plug or state.plugs_taken(site.code) < site.reefer_plugs)
