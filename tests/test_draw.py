"""The random draw: the same for the same box and declaration, and not to be foretold without the salt."""

from __future__ import annotations

import pytest

from port.diversion.draw import draw

SALT = b"a secret salt of this port"


def test_a_draw_is_the_same_every_time():
    assert draw(SALT, "CSQU3054383", subject="371120261001234567") == 0.1690765558510735


def test_another_salt_box_or_declaration_draws_anew():
    drawn = {
        draw(SALT, "CSQU3054383", subject="D1"),
        draw(SALT, "CSQU3054383", subject="D2"),
        draw(SALT, "MSKU0000000", subject="D1"),
        draw(SALT + b"!", "CSQU3054383", subject="D1"),
    }
    assert len(drawn) == 4


def test_where_the_number_ends_and_the_subject_begins_matters():
    assert draw(SALT, "CSQU3054383", subject="1D") != draw(SALT, "CSQU30543831", subject="D")


def test_draws_spread_evenly_over_nought_to_one():
    drawn = [draw(SALT, "CSQU3054383", subject=str(number)) for number in range(20_000)]
    assert 0 <= min(drawn) < max(drawn) < 1
    tenths = [sum(tenth <= 10 * one < tenth + 1 for one in drawn) for tenth in range(10)]
    assert all(1_800 < count < 2_200 for count in tenths), tenths


def test_a_salt_that_could_be_guessed_is_refused():
    with pytest.raises(ValueError, match="too short"):
        draw(b"port", "CSQU3054383", subject="D1")
