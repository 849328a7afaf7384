"""Sets of bits in columns are what they would be as sets."""

from __future__ import annotations

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from port.diversion.bulk_bits import Bits, bits_of, flagged

WIDTH = 130
MEMBERS = st.sampled_from((0, 1, 5, 62, 63, 64, 65, 126, 127, 128, 129))
SETS = st.lists(st.frozensets(MEMBERS, max_size=4), min_size=1, max_size=5)


def bits(sets: list[frozenset[int]]) -> Bits:
    return bits_of([sum(1 << member for member in one) for one in sets], WIDTH)


def sets(told: Bits, height: int) -> list[set[int]]:
    return [{member for member in told.members(line) if member < WIDTH} for line in range(height)]


@given(SETS)
def test_the_least_one_and_all_below_it(told: list[frozenset[int]]):
    found = bits(told)
    assert sets(found.below_first(), len(told)) == [set(range(min(one, default=WIDTH))) for one in told]
    assert sets(found.first_alone(), len(told)) == [{min(one)} if one else set() for one in told]


@given(SETS)
def test_how_many_there_are_and_which(told: list[frozenset[int]]):
    found, height = bits(told), len(told)
    alike = pl.Series([0]).new_from_index(0, height)
    assert (found.size() + alike).to_list() == [len(one) for one in told]
    assert (found.any() & (alike == 0)).to_list() == [bool(one) for one in told]
    for member in (0, 63, 64, 129):
        assert (found.has(member) & (alike == 0)).to_list() == [member in one for one in told]


@given(st.lists(st.tuples(st.frozensets(MEMBERS), st.frozensets(MEMBERS), st.booleans()), min_size=1, max_size=5))
def test_sets_meet_line_by_line(told: list[tuple[frozenset[int], frozenset[int], bool]]):
    mine, theirs, kept = map(list, zip(*told, strict=True))
    left, right, height = bits(mine), bits(theirs), len(told)
    assert sets(left & right, height) == [one & other for one, other, _ in told]
    assert sets(left | right, height) == [one | other for one, other, _ in told]
    assert sets(left - right, height) == [one - other for one, other, _ in told]
    assert sets(left.where(pl.Series(kept)), height) == [one if is_kept else set() for one, _, is_kept in told]
    flags = [(member, pl.Series([member in one for one in mine])) for member in range(WIDTH)]
    assert sets(flagged(flags, WIDTH), height) == mine


@given(SETS, st.data())
def test_lines_are_looked_up_by_number(told: list[frozenset[int]], data: st.DataObject):
    chosen = data.draw(st.lists(st.integers(0, len(told) - 1), min_size=2, max_size=4))
    assert sets(bits(told).at(pl.Series(chosen, dtype=pl.UInt32)), len(chosen)) == [told[line] for line in chosen]
