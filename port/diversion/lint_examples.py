"""Examples that read like a box: the likely value wherever it shows the same, and facts that come of one another agree.

A search takes the facts as independent.  Reports do not make a box that is no reefer of type group R, so an example
should not either, where that can be helped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from port.diversion.case import Facts
from port.diversion.facts import FactType, find_fact
from port.diversion.lint_values import LIKELY

_SEVERAL = 2


def natural(example: Facts, shows: Callable[[Facts], bool]) -> Facts:
    """The example, with as many values made likely as it can be and still shows what it must."""
    for change in _likely(example):
        if shows({**example, **change}):
            example = {**example, **change}
    for change in _agreeing(example):
        if shows({**example, **change}):
            example = {**example, **change}
    return example


def _likely(example: Facts) -> Iterator[Facts]:
    for name, value in example.items():
        spec = find_fact(name)
        likely: object = LIKELY.get(name, (None,))[0]
        if spec is not None and spec.type is FactType.TEXTS:
            likely = ()
        if likely is not None and likely != value:
            yield {name: likely}


def _agreeing(example: Facts) -> Iterator[Facts]:
    """What the other facts say of a flag; then what the flag says of them."""
    goods = [name for name in ("dangerous_goods_classes", "un_numbers") if name in example]
    if "has_dangerous_goods" in example:
        if any(example[name] for name in goods):
            yield {"has_dangerous_goods": True}
        elif example["has_dangerous_goods"] is True:
            yield {name: LIKELY[name][:1] for name in goods}
    if "bill_count" in example and "is_lcl" in example:
        yield {"is_lcl": example["bill_count"] != 1}
        yield {"bill_count": _SEVERAL if example["is_lcl"] else 1}
    if "container_type_group" in example and "is_reefer" in example:
        yield {"is_reefer": example["container_type_group"] in ("R", "H")}
        yield {"container_type_group": "R" if example["is_reefer"] else "G"}
