"""The inspection sites as values: which bays and plugs are taken, and which place suits a box."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import orjson

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
    """How many bays and reefer plugs are taken, by site.  `is_known` false means that nobody can tell, and then no bay
    counts as free."""

    bays: Counter[str] = field(default_factory=Counter)
    plugs: Counter[str] = field(default_factory=Counter)
    is_known: bool = True

    def bays_taken(self, site: str) -> int:
        """How many boxes hold a bay there."""
        return self.bays[site]

    def plugs_taken(self, site: str) -> int:
        """How many of them hold a reefer plug."""
        return self.plugs[site]


def taken(reservations: Iterable[Reservation]) -> SiteState:
    """The sites as these boxes leave them."""
    held = list(reservations)
    return SiteState(Counter(one.site for one in held), Counter(one.site for one in held if one.has_plug))


def without(state: SiteState, own: Iterable[Reservation]) -> SiteState:
    """The state as if these reservations, which it counts, were not."""
    gone = list(own)
    if not gone:
        return state
    less = taken(gone)
    return SiteState(state.bays - less.bays, state.plugs - less.plugs, state.is_known)


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
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode()


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
