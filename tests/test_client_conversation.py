"""web.client.conversation and returning: what is believed, what is reported, when to come back."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.client import Cursor, Ended, Event, Fault, Gap, Snapshot, StreamEnded, Stub, TooManyKeys
from web.client.conversation import Conversation, Parting, Turn
from web.client.rest import NotReached, Refused, refusal_of
from web.client.returning import Returning
from web.client.tellings import cursors_from_json, cursors_to_json

KEY = "container:CSQU3054383"


def subscribed(version: int, *, id: int | None, epoch: str = "a", recovered: bool = False) -> dict[str, Any]:
    told: dict[str, Any] = {
        "subscribed": {"key": KEY, "epoch": epoch, "version": version, "recovered": recovered},
    }
    return told if id is None else {"id": id} | told


def snapshot(version: int) -> dict[str, Any]:
    return {"snapshot": {"key": KEY, "version": version, "data": {"version": version}}}


def event(version: int) -> dict[str, Any]:
    return {"event": {"key": KEY, "version": version, "eventID": "e", "type": "DISC", "data": {"version": version}}}


def heartbeat(version: int | None) -> dict[str, Any]:
    versions = {} if version is None else {KEY: version}
    return {"heartbeat": {"at": "2026-11-21T04:00:00Z", "versions": versions}}


def connected() -> dict[str, Any]:
    return {"id": 1, "connected": {"at": "2026-11-21T04:00:00Z", "heartbeatSeconds": 25, "maxKeys": 128}}


def told_until(version: int) -> Conversation:
    """A conversation that was told the key up to there, on its first line."""
    conversation = Conversation({KEY: None})
    conversation.begin("ticket")
    [asked] = conversation.hear(connected()).say
    conversation.hear(subscribed(version, id=asked["id"]))
    assert conversation.hear(snapshot(version)).tell == (Snapshot(KEY, Cursor("a", version), {"version": version}),)
    return conversation


def anew(fault: Fault, cursor: Cursor | None, version: int | None, *, id: int = 3) -> Turn:
    """The report of a fault, and the key asked for again from nothing."""
    return Turn(
        say=({"id": id, "unsubscribe": {"key": KEY}}, {"id": id + 1, "subscribe": {"key": KEY}}),
        tell=(Gap(KEY, fault, cursor, version),),
    )


def test_it_connects_with_its_ticket_and_then_asks_for_every_key():
    conversation = Conversation({KEY: None, "officers": Cursor("b", 4)})
    assert conversation.begin("t") == Turn(say=({"id": 1, "connect": {"ticket": "t"}},))
    assert conversation.hear(connected()) == Turn(
        say=(
            {"id": 2, "subscribe": {"key": KEY}},
            {"id": 3, "subscribe": {"key": "officers", "since": {"epoch": "b", "version": 4}}},
        )
    )


def test_a_snapshot_and_the_events_after_it_are_told():
    conversation = told_until(7)
    assert conversation.hear(event(8)).tell == (Event(KEY, Cursor("a", 8), "e", "DISC", {"version": 8}),)
    stub = {"event": {"key": KEY, "version": 9, "at": "2026-11-21T04:00:00Z"}}
    assert conversation.hear(stub).tell == (Stub(KEY, Cursor("a", 9), datetime(2026, 11, 21, 4, tzinfo=UTC)),)


@pytest.mark.parametrize(
    ("heard", "fault", "version"),
    [
        (event(43), Fault.HOLE, 43),
        (event(41), Fault.REPEAT, 41),
        (event(7), Fault.REPEAT, 7),
        (snapshot(42), Fault.ORDER, 42),
        (subscribed(42, id=None, recovered=True), Fault.ORDER, 42),
    ],
)
def test_what_is_told_wrongly_is_reported_and_asked_for_anew(heard, fault: Fault, version: int):
    assert told_until(41).hear(heard) == anew(fault, Cursor("a", 41), version)


@pytest.mark.parametrize("version", [42, 40, None])
def test_a_heartbeat_that_names_another_version_shows_a_hole(version: int | None):
    turn = told_until(41).hear(heartbeat(version))
    mended = anew(Fault.HEAD, Cursor("a", 41), version)
    assert turn == Turn(say=({"pong": {}}, *mended.say), tell=mended.tell)


def test_a_heartbeat_that_agrees_is_answered():
    assert told_until(41).hear(heartbeat(41)) == Turn(say=({"pong": {}},))


def test_a_snapshot_other_than_the_answer_promised_is_asked_for_anew():
    conversation = told_until(41)
    conversation.hear(subscribed(5, id=None, epoch="b"))
    assert conversation.hear(snapshot(6)) == anew(Fault.HEAD, Cursor("a", 41), 6)


def test_what_was_on_its_way_while_a_key_is_asked_for_anew_is_let_pass():
    conversation = told_until(41)
    conversation.hear(event(43))
    for late in (event(44), snapshot(44), {"id": 3, "unsubscribed": {"key": KEY, "reason": "ASKED"}}):
        assert conversation.hear(late) == Turn()
    conversation.hear(subscribed(44, id=4))
    assert conversation.hear(snapshot(44)).tell == (Snapshot(KEY, Cursor("a", 44), {"version": 44}),)


def test_a_port_that_tells_wrongly_again_and_again_is_left_for_a_while():
    conversation = told_until(41)
    for round in range(3):
        turn = conversation.hear(event(99))
        conversation.hear(subscribed(41, id=turn.say[1]["id"]))
        assert conversation.hear(snapshot(41)).tell, round
    assert conversation.hear(event(99)) == Turn(
        tell=(Gap(KEY, Fault.HOLE, Cursor("a", 41), 99),),
        parting=Parting(4000, "TOLD_WRONGLY", is_final=False),
    )


def test_the_next_line_asks_on_and_believes_only_what_was_asked():
    conversation = told_until(41)
    conversation.begin("t2")
    [asked] = conversation.hear(connected()).say
    assert asked["subscribe"] == {"key": KEY, "since": {"epoch": "a", "version": 41}}
    assert conversation.hear(subscribed(43, id=asked["id"], recovered=True)) == Turn()
    assert [conversation.hear(event(v)).tell[0].cursor.version for v in (42, 43)] == [42, 43]  # type: ignore[union-attr]  # events


@pytest.mark.parametrize(("version", "epoch"), [(40, "a"), (43, "b")])
def test_a_recovery_of_another_history_is_not_believed(version: int, epoch: str):
    conversation = told_until(41)
    conversation.begin("t2")
    [asked] = conversation.hear(connected()).say
    turn = conversation.hear(subscribed(version, id=asked["id"], epoch=epoch, recovered=True))
    assert turn == anew(Fault.HEAD, Cursor("a", 41), version, id=5)


def test_another_visit_of_the_box_is_a_new_epoch_and_a_snapshot():
    conversation = told_until(0)
    assert conversation.hear(subscribed(3, id=None, epoch="v2")) == Turn()
    assert conversation.hear(snapshot(3)).tell == (Snapshot(KEY, Cursor("v2", 3), {"version": 3}),)


def test_a_key_whose_right_ended_is_told_and_not_asked_for_again():
    conversation = told_until(41)
    ended = {"unsubscribed": {"key": KEY, "reason": "RIGHTS_ENDED"}}
    assert conversation.hear(ended).tell == (Ended(KEY, "RIGHTS_ENDED"),)
    conversation.begin("t2")
    assert conversation.hear(connected()) == Turn()


def test_a_refused_key_is_told_with_its_reason():
    conversation = Conversation({"officers": None})
    conversation.begin("t")
    conversation.hear(connected())
    refused = {"id": 2, "error": {"reason": "NOT_ALLOWED", "message": "not for you.", "fix": "Use another key."}}
    assert conversation.hear(refused).tell == (Ended("officers", "NOT_ALLOWED", "not for you. Use another key."),)


def test_keys_come_and_go_while_the_line_is_open():
    conversation = told_until(41)
    assert conversation.subscribe("officers").say == ({"id": 3, "subscribe": {"key": "officers"}},)
    assert conversation.subscribe("officers") == Turn()
    assert conversation.unsubscribe(KEY).say == ({"id": 4, "unsubscribe": {"key": KEY}},)
    assert conversation.hear(event(42)) == Turn()
    assert conversation.keys == ("officers",)


def test_128_keys_are_followed_and_no_more():
    conversation = Conversation({f"container:{n}": None for n in range(128)})
    with pytest.raises(TooManyKeys):
        conversation.subscribe("one more")


def test_frames_of_a_kind_that_is_not_known_are_let_pass():
    assert told_until(41).hear({"weather": {"is": "fine"}}) == Turn()


def test_cursors_are_kept_as_text():
    cursors = {KEY: Cursor("a", 41), "officers": Cursor("b", 0)}
    assert cursors_from_json(cursors_to_json(cursors)) == cursors
    for broken in ("", "[]", '{"a": 1}', '{"a": ["e"]}'):
        with pytest.raises(ValueError):  # noqa: PT011  -- also json's own
            cursors_from_json(broken)


# Coming back


def parting(code: int, *, is_final: bool = False) -> Parting:
    return Parting(code, "WHY", is_final)


def test_the_wait_is_anything_up_to_a_limit_that_doubles_to_half_a_minute():
    returning = Returning(lambda: 1.0)
    assert [returning.delay(parting(4001), now=0) for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert Returning(lambda: 0.0).delay(parting(4001), now=0) == 0


@given(chance=st.floats(0, 1), attempts=st.integers(1, 3000))
def test_no_wait_is_longer_than_half_a_minute(chance: float, attempts: int):
    returning = Returning(lambda: chance)
    assert all(0 <= returning.delay(parting(1006), now=0) <= 30 for _ in range(attempts))


def test_after_a_line_that_lived_the_wait_begins_small_again():
    returning = Returning(lambda: 1.0)
    returning.delay(parting(1006), now=0)
    returning.connected(1)
    assert returning.delay(parting(1006), now=2) == 1
    returning.connected(3)
    assert returning.delay(parting(1006), now=13) == 0.5


def test_who_says_when_to_ask_again_is_not_asked_before():
    assert Returning(lambda: 0.5).delay(parting(1006), now=0, at_least=7) == 7.25


@pytest.mark.parametrize("code", [1000, 1006, 1012, 4000, 4001, 4008, 4013, 4429, 4499])
def test_these_codes_come_back(code: int):
    assert Returning(lambda: 0.0).delay(parting(code), now=0) == 0


@pytest.mark.parametrize("ending", [parting(4500), parting(4999), parting(4000, is_final=True)])
def test_these_do_not(ending: Parting):
    with pytest.raises(StreamEnded, match="WHY"):
        Returning(lambda: 0.0).delay(ending, now=0)


def test_ended_rights_are_tried_once_with_a_new_ticket_and_then_believed():
    returning = Returning(lambda: 0.0)
    returning.delay(parting(4401), now=0)
    returning.connected(1)
    with pytest.raises(StreamEnded):
        returning.delay(parting(4401), now=2)


def test_a_session_that_ended_long_after_is_tried_once_too():
    returning = Returning(lambda: 0.0)
    returning.delay(parting(4401), now=0)
    returning.connected(1)
    assert returning.delay(parting(4401), now=100) == 0


class _Answer:
    def __init__(self, status: int, body: Any = None, **headers: str) -> None:
        self.status_code, self._body, self.headers = status, body, headers

    def json(self) -> Any:
        if self._body is None:
            raise ValueError
        return self._body


def test_an_answer_that_is_none_is_refused_or_away():
    refused = refusal_of(_Answer(404, {"reason": "NOTHING_THERE", "detail": "nothing.", "fix": "Ask."}))  # type: ignore[arg-type]  # enough of one
    assert isinstance(refused, Refused)
    assert (refused.status, refused.reason, str(refused)) == (404, "NOTHING_THERE", "nothing. Ask.")
    for status, wait, seconds in ((429, "7", 7), (503, "99999", 300), (502, "soon", 0)):
        away = refusal_of(_Answer(status, **{"retry-after": wait}))  # type: ignore[arg-type]  # enough of one
        assert isinstance(away, NotReached)
        assert away.retry_after == seconds
