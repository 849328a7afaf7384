"""The outbound child of the leading process: begun when something is to be told outside, poked at each commit, ended
with the server.
"""

from __future__ import annotations

import logging
import secrets
import time

from port import outbox_pruning, outbox_queue, outbox_wanted
from web.clock import wall_clock
from web.outbound_child import Child
from web.port import Port

_log = logging.getLogger("digital_port.outbound")
# Or one that breaks at once would be begun every second.
_REST_SECONDS = 5.0


def run_outbound(port: Port) -> int:
    """Look after the child once; whether one was begun."""
    outbound = port.outbound
    child = outbound.child
    if child is not None:
        code = child.process.poll()
        if code is None:
            return 0
        if code:
            _log.error("the outbound child ended with %d", code)
            outbound.rests_until = time.monotonic() + _REST_SECONDS
        _let_go(port, child)
    if time.monotonic() < outbound.rests_until:
        return 0
    if port.database.is_embedded and not outbound.has_begun:
        # It has one server, and the child of the one before this died with it.
        port.recorder.command_and_wait(lambda work: outbox_queue.release(work.connection, token=None))
        outbound.has_begun = True
    if not port.ask(outbox_wanted.is_wanted, now=wall_clock()):
        return 0
    child = Child.start(port.settings, token=secrets.token_hex(8))
    child.unlisten = port.feed.listen(lambda _changes: child.poke())
    outbound.child = child
    return 1


def stop_outbound(port: Port) -> None:
    """End the child; another server goes on at once with what it was at."""
    if port.outbound.child is not None:
        _let_go(port, port.outbound.child)


def prune(port: Port) -> int:
    """Forget what was told long ago; how many deliveries."""
    return port.recorder.command_and_wait(lambda work: outbox_pruning.prune(work.connection, now=wall_clock()))


def _let_go(port: Port, child: Child) -> None:
    child.end()
    port.outbound.child = None
    port.recorder.command_and_wait(lambda work: outbox_queue.release(work.connection, token=child.token))
