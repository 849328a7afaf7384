"""What rules are made of: the catalogue of facts, and the codes of the Harmonized System as they were declared."""

from __future__ import annotations

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from port import sampling
from port.actor import Actor, Role
from port.diversion.facts import CATALOGUE
from port.diversion.hs_chapters import CHAPTERS
from web import wire, wire_rulesets
from web.port import port_of
from web.security import actor_in

router = APIRouter(prefix="/v1", tags=["rulesets"])
officer = actor_in(Role.CUSTOMS)
_SAMPLE = 2000
# Chapter, heading, subheading, national lines.
_LENGTHS = (2, 4, 6, 8, 10)


@router.get("/facts")
async def list_facts(_who: Annotated[Actor, Depends(officer)]) -> Response:
    """Every fact a rule may test, with its type, unit, names, codes and operators."""
    return wire.answer({"facts": [wire_rulesets.fact(spec) for spec in CATALOGUE]})


@router.get("/hs")
async def list_codes(
    request: Request,
    _who: Annotated[Actor, Depends(officer)],
    under: Annotated[str, Query(pattern=r"^(\d{2}|\d{4}|\d{6}|\d{8})?$")] = "",
) -> Response:
    """The HS codes one level under another: all chapters, below them what the latest declarations named, and how
    often."""
    cases = await port_of(request).read(sampling.latest_cases, limit=_SAMPLE)
    return wire.answer({"nodes": nodes(sampling.count_codes(cases), under)})


def nodes(declared: Counter[str], under: str) -> list[wire.Wire]:
    """The codes one level below `under`, in order."""
    length = next(one for one in _LENGTHS if one > len(under))
    counts: Counter[str] = Counter()
    deeper: set[str] = set()
    for code, count in declared.items():
        if code.startswith(under) and len(code) >= length:
            counts[code[:length]] += count
            if len(code) > length:
                deeper.add(code[:length])
    codes = sorted({*counts, *(CHAPTERS if not under else ())})
    return [_node(code, counts[code], has_more=code in deeper) for code in codes]


def _node(code: str, count: int, *, has_more: bool) -> wire.Wire:
    words = CHAPTERS.get(code)
    return {
        "code": code,
        "zh": words.zh if words else code,
        "en": words.en if words else code,
        "hasMore": has_more,
        "count": count,
    }
