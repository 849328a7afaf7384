"""The lab's jobs, carried by children of the leading process: begun, watched, ended, and begun anew after a crash."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import orjson

from events.types import RulesetStep
from port import lab_queue, life, shadowing
from port.batch import Work
from port.lab_jobs import LabJobKind, LabJobState
from port.lab_queue import MOST_ATTEMPTS, LabJob
from web.clock import wall_clock
from web.lab_children import Carrier, Order
from web.port import Port

_log = logging.getLogger("digital_port.lab")
LONGEST = timedelta(hours=2)
# Or one that breaks at once would be begun every second.
_REST_SECONDS = 5.0
_KILLED, _TOO_MUCH_MEMORY = 9, "it was ended from outside, which is what happens when there is not enough memory"


def run_lab(port: Port) -> int:
    """Look after the jobs once: take over what is done, end what is to end, begin what waits; how many it changed."""
    unfinished = {job.job_id: job for job in port.ask(lab_queue.list_unfinished)}
    did = _let_go_of_ended(port, unfinished)
    for job in unfinished.values():
        carrier = port.lab.carriers.get(job.job_id)
        if carrier is not None:
            did += _watch(port, job, carrier)
        elif job.state == LabJobState.RUNNING and job.is_silent(wall_clock()):
            did += _take_up(port, job)
        elif job.state == LabJobState.WAITING:
            did += _begin(port, job)
    return did + _look_after_follower(port)


def stop_lab(port: Port) -> None:
    """End all children; what they were at waits for the next server."""
    for job_id, carrier in list(port.lab.carriers.items()):
        carrier.end()
        del port.lab.carriers[job_id]
        _settle(port, partial(_give_back, job_id, carrier.token))
    if port.lab.follower is not None:
        port.lab.follower.end()
        port.lab.follower = None


def _let_go_of_ended(port: Port, unfinished: dict[str, LabJob]) -> int:
    """End the children whose job was cancelled or is another's now."""
    gone = [
        job_id
        for job_id, carrier in port.lab.carriers.items()
        if job_id not in unfinished or unfinished[job_id].token != carrier.token
    ]
    for job_id in gone:
        port.lab.carriers.pop(job_id).end()
    return len(gone)


def _watch(port: Port, job: LabJob, carrier: Carrier) -> int:
    code = carrier.exit_code
    if code is None:
        began = job.started_at
        if began is None or wall_clock() - began < LONGEST:
            return 0
        carrier.end()
        why = f"it took longer than {LONGEST.total_seconds() / 3600:g} hours"
    else:
        carrier.let_go()
        why = _TOO_MUCH_MEMORY if code == -_KILLED else f"its process ended with {code} and left nothing"
    del port.lab.carriers[job.job_id]
    return _settle(port, partial(_conclude, job.job_id, carrier.token, why=why))


def _take_up(port: Port, job: LabJob) -> int:
    """A job whose server died: what it found is taken over, else it is begun anew, though not for ever."""
    if job.has_report or job.error or job.attempts >= MOST_ATTEMPTS:
        why = f"its process was lost {job.attempts} times"
        return _settle(port, partial(_conclude, job.job_id, job.token, why=why))
    return _begin(port, job)


def _begin(port: Port, job: LabJob) -> int:
    if len(port.lab.carriers) >= port.settings.lab_jobs:
        return 0
    token = lab_queue.next_token(job, secrets.token_hex(8))
    claimed = port.recorder.command_and_wait(
        lambda work: lab_queue.claim(work.connection, job, token=token, now=wall_clock())
    )
    if claimed:
        order = Order("job", port.settings.database_url, job_id=job.job_id, token=token)
        port.lab.carriers[job.job_id] = Carrier.start(order)
    return int(claimed)


def _look_after_follower(port: Port) -> int:
    """A child follows live traffic while any version is in shadow; one that ended is begun again."""
    follower, is_wanted = port.lab.follower, port.ask(shadowing.is_any_running)
    if follower is not None and (follower.exit_code is not None or not is_wanted):
        if is_wanted:
            _log.error("the shadow follower ended with %s", follower.exit_code)
            port.lab.rests_until = time.monotonic() + _REST_SECONDS
        follower.end()
        port.lab.follower = follower = None
    if follower is None and is_wanted and time.monotonic() >= port.lab.rests_until:
        port.lab.follower = Carrier.start(Order("follow", port.settings.database_url))
        return 1
    return 0


def _settle(port: Port, run: Callable[[Work], bool]) -> int:
    return int(port.recorder.command_and_wait(run))


def _conclude(job_id: str, token: str, work: Work, *, why: str) -> bool:
    """DONE where there is a report, with a step in the version's life; else FAILED."""
    job = lab_queue.get(work.connection, job_id)
    if job.token != token:
        return False
    state = LabJobState.DONE if job.has_report else LabJobState.FAILED
    if not lab_queue.finish(work.connection, job, state, error="" if job.has_report else why, now=wall_clock()):
        return False
    if state is LabJobState.DONE and job.kind == LabJobKind.BACKTEST and job.content_hash is not None:
        _note(work, job, job.content_hash)
    return True


def _note(work: Work, job: LabJob, content_hash: str) -> None:
    life.step(
        work,
        name=shadowing.name_of(work.connection, content_hash),
        content_hash=content_hash,
        step=RulesetStep.BACKTESTED,
        by=job.person,
        party=job.party,
        why="",
        detail={"jobID": job.job_id, **_told(job)},
    )


def _told(job: LabJob) -> dict[str, object]:
    asked = orjson.loads(job.parameters)
    return {name: asked[name] for name in ("source", "uploadID", "from", "to") if asked.get(name)}


def _give_back(job_id: str, token: str, work: Work) -> bool:
    job = lab_queue.get(work.connection, job_id)
    return job.token == token and not job.has_report and lab_queue.give_back(work.connection, job)
