"""What a peer of the live stream may do by websocket, whichever transport serves it."""

from __future__ import annotations

from web.live_frames import Close

CONNECT_SECONDS = 10.0
LINGER_SECONDS = 5.0
MAX_FRAME_CHARS = 8192
MAX_UNREAD_BYTES = 256 * 1024
MAX_UNREAD_FRAMES = 2048
PAUSE_BYTES = 64 * 1024
# After these nothing more may go out, or nothing more can.
AT_ONCE = frozenset({Close.RIGHTS_ENDED, Close.TOO_SLOW})
_BURST_FRAMES = 400
_FRAMES_PER_SECOND = 50.0


def fault_of(text: str | None) -> Close | None:
    """What is wrong with a message, None being a binary one; None when nothing is."""
    if text is None:
        return Close.BINARY_FRAME
    return Close.FRAME_TOO_LARGE if len(text) > MAX_FRAME_CHARS else None


def spend(spent: float, now: float) -> float:
    """What a peer has spent of its frames after one more; `spent` is the value after the one before, at first 0.

    It grows by one each frame, and the clock (in seconds) catches up with it.
    """
    return max(spent, now * _FRAMES_PER_SECOND) + 1.0


def has_overspent(spent: float, now: float) -> bool:
    """Whether that is more than a burst, and then so many a second."""
    return spent - now * _FRAMES_PER_SECOND > _BURST_FRAMES + 0.5
