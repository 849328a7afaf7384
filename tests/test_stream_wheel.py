"""The timer of the streams, turned by hand."""

from __future__ import annotations

from collections.abc import Callable

from web.stream_limits import CONNECT_SECONDS, LINGER_SECONDS
from web.stream_wheel import Wheel


def test_nobody_is_ended_before_the_seconds_it_was_promised():
    class Turned:
        def call_later(self, _seconds: float, turn: Callable[[], None]) -> None:
            self.turn = turn

    class Silent:
        spoke = 0
        ended: tuple[str, ...] = ()

        def connect_in_time(self) -> None:
            self.ended += ("connect",)

        def hang_up(self) -> None:
            self.ended += ("linger",)

        def show_life(self) -> None: ...

    loop, one, seconds = Turned(), Silent(), dict[str, int]()
    wheel: Wheel = Wheel(loop)  # type: ignore[arg-type]
    wheel.add(one)
    wheel.linger(one)
    # It came just before the first of these turns, so that after the n-th n-1 seconds are over.
    for turn in range(1, 20):
        loop.turn()
        seconds |= dict.fromkeys(set(one.ended) - set(seconds), turn - 1)
    assert seconds == {"linger": LINGER_SECONDS, "connect": CONNECT_SECONDS}
