"""EDIFACT: messages a second through the reader, and through reader and decoder, beside what reads less or else.

    python -m bench --only edifact

Ten thousand CODECOs of one box in one interchange.  The yardsticks over the same bytes: `split`, a loop that cuts
segments, elements and components and checks nothing; and pydifact 0.2, a library that takes clean files.  The reader
cuts segments and frames messages, and leaves the elements to whoever asks for them.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime

from pydifact.segmentcollection import Interchange

from adapters.edifact import messages
from adapters.registry import DECODERS
from adapters.seam import Accepted, Message, SenderProfile
from bench import traffic
from port.actor import Role

MESSAGES = 9_999
# pydifact is slow enough to be measured on a part.
PART = 1_000
GOAL = 20_000


def measure(rounds: int) -> str:
    """The table in Markdown."""
    whole, part = _interchange(MESSAGES), _interchange(PART)
    sender = SenderProfile("TERMINAL", Role.TERMINAL, frozenset({"XMHT"}), is_time_zone_agreed=True)
    now = datetime.now(UTC)
    runs: dict[str, tuple[int, Callable[[], int]]] = {
        "split": (MESSAGES, lambda: _split(whole)),
        "reader": (MESSAGES, lambda: sum(1 for _ in messages(whole))),
        "pydifact": (PART, lambda: _pydifact(part)),
        "decoder": (MESSAGES, lambda: _decode(whole, sender, now)),
    }
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
        for name, (count, run) in runs.items():
            taken[name].append(count / _seconds(run, count))
    return _table({name: statistics.median(rates) for name, rates in taken.items()}, size=len(whole))


def _seconds(run: Callable[[], int], count: int) -> float:
    """Of this process's own time: others share the machine."""
    gc.collect()
    began = time.process_time()
    found = run()
    took = time.process_time() - began
    assert found == count, f"{found} messages of {count} were read"
    return took


def _split(body: bytes) -> int:
    read = [[element.split(b":") for element in segment.split(b"+")] for segment in body.split(b"'")]
    return sum(segment[0] == [b"\nUNH"] for segment in read)


def _pydifact(body: bytes) -> int:
    return sum(1 for _ in Interchange.from_str(body.decode()).get_messages())


def _decode(body: bytes, sender: SenderProfile, now: datetime) -> int:
    return sum(isinstance(item, Accepted) for item in DECODERS["edifact"](Message(body, None, now), sender))


def _interchange(count: int) -> bytes:
    told = "".join(_message(n, traffic.container()) for n in range(1, count + 1))
    return f"UNB+UNOA:2+XMHT+PORT+261121:1400+77'{told}\nUNZ+{count}+77'\n".encode()


def _message(number: int, box: str) -> str:
    segments = [
        f"UNH+{number}+CODECO:D:95B:UN:SMDG20",
        f"BGM+34+D{number}+9",
        "DTM+137:202611201406:203",
        "TDT+20+118E+1++XML:172:20+++BQAX7:103::EGRET ISLAND",
        "NAD+CF+XML:160:166",
        f"EQD+CN+{box}+22G1:102:5++2+5",
        f"RFF+BN:810{number:06d}",
        f"DTM+7:2026112013{number % 60:02d}:203",
        "LOC+165+CNXMN:139:6+XMHT:TER:ZZZ",
        f"MEA+AAE+G+KGM:{10_000 + number}",
        f"SEL+XM{number:06d}+SH+1",
        "TDT+1++3+31+HAUL:172+++MD88210",
        "CNT+16:1",
    ]
    return "".join(f"\n{segment}'" for segment in [*segments, f"UNT+{len(segments) + 1}+{number}"])


def _table(rate: dict[str, float], *, size: int) -> str:
    rows = [
        f"{MESSAGES:,} messages of one box, {size / 1e6:.1f} MB; messages per second of processor time.",
        "",
        "| | messages/s | against `split` | against pydifact | goal |",
        "|---|---|---|---|---|",
    ]
    names = {
        "split": "`bytes.split` alone, nothing framed or checked",
        "pydifact": "pydifact, segments and messages",
        "reader": "**our reader**, segments and messages, dirt mended or told",
        "decoder": "**our reader and decoder**, a checked fact for each box",
    }
    goals = {"reader": f"≥ {GOAL:,} messages/s"}
    for name, title in names.items():
        against = f"{rate[name] / rate['split']:.2f} | {rate[name] / rate['pydifact']:.1f}"
        rows.append(f"| {title} | {rate[name]:,.0f} | {against} | {goals.get(name, '')} |")
    return "\n".join(rows)


if __name__ == "__main__":
    print(measure(5))
