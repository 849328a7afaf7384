"""web.live_commands: reading by hand lets pass what the models let pass, and nothing else."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from web import live_commands
from web.live_commands import BadFrame, Command, read

odd = st.sampled_from([None, True, 0, 1, -1, 1.0, 2**53, 2**53 + 1, "", "1", [], {}])
numbers = st.one_of(st.integers(0, 2**53), odd)
keys = st.sampled_from(["container:CSQU3054383", "officers", "x" * 64, "x" * 65])
texts = st.one_of(st.text(max_size=110), keys, odd)
cursors = st.fixed_dictionaries({}, optional={"epoch": texts, "version": numbers, "colour": odd})
wanted = st.fixed_dictionaries({}, optional={"key": texts, "since": st.one_of(cursors, odd), "colour": odd})
said = st.fixed_dictionaries({}, optional={"id": numbers, "subscribe": st.one_of(wanted, odd), "pong": odd})


def answer(text: str) -> Command | tuple[str, str, str, int | None]:
    try:
        return read(text)
    except BadFrame as bad:
        return bad.reason, str(bad), bad.where, bad.id


def by_the_models(frame: dict[str, Any]) -> Command | tuple[str, str, str, int | None]:
    try:
        return live_commands._checked(frame)
    except BadFrame as bad:
        return bad.reason, str(bad), bad.where, bad.id


@given(said)
@example({"id": 1, "subscribe": {"key": "officers", "since": {"epoch": "e", "version": 1}}})
@example({"id": 1, "subscribe": {"key": "officers", "since": None}})
@example({"id": True, "subscribe": {"key": "officers"}})
def test_a_subscribe_is_read_by_hand_as_by_the_models(frame: dict[str, Any]):
    text = json.dumps(frame)
    assert answer(text) == by_the_models(json.loads(text))
