"""What a gate camera's message means: whose it is by its topic, what is recorded, and where the answer goes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from starlette.concurrency import run_in_threadpool

from adapters import intake
from adapters.registry import FORMATS, may_send
from adapters.rejection import Reason
from port.actor import Actor
from port.draft import Draft, Receipt, Refusal
from port.errors import PortError
from web import taking
from web.mqtt_address import EVERY_FACILITY
from web.port import Port

FORMAT = "gate"
_LIMIT = FORMATS[FORMAT].max_body_bytes
# Of a body over the limit so much is kept: enough to see what it was.
_KEPT_OF_TOO_LARGE = 4096
# A larger body is read off the event loop.
_IN_THREAD_FROM = 32_768
_BAD_IN_TOPICS = frozenset("+#/\0")
_TOPIC_BYTES = 1000


@dataclass(frozen=True, slots=True)
class Heard:
    """A message as the broker handed it on; the last two come with MQTT 5 only."""

    topic: str
    body: bytes
    response_topic: str | None = None
    content_type: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The receipt, and the topic it is told under."""

    receipt: Receipt
    topic: str


@dataclass(frozen=True, slots=True)
class Cameras:
    """The topics `<prefix>/<facility>/gate`, and who sends for each facility: a party's code or a key's id."""

    prefix: str
    named: Mapping[str, str]

    @property
    def topics(self) -> tuple[str, ...]:
        """What to subscribe to: every facility's topic where any may come, else only those of facilities named."""
        facilities = ["+"] if EVERY_FACILITY in self.named else sorted(self.named)
        return tuple(f"{self.prefix}/{facility}/{FORMAT}" for facility in facilities)

    def facility_of(self, topic: str) -> str:
        """The facility a topic belongs to; the subscription lets no other kind of topic in."""
        return topic.removeprefix(f"{self.prefix}/").removesuffix(f"/{FORMAT}")

    def answer_topic(self, heard: Heard, *, identity: str, sha256: str) -> str:
        """Where the sender listens: the topic it asked for, else one of the message's own id or its SHA-256.

        A sender may ask for topics of its own facility only: we may publish where it may not.
        """
        home = f"{self.prefix}/{self.facility_of(heard.topic)}/"
        asked = heard.response_topic or ""
        if asked.startswith(home) and asked != heard.topic and not _BAD_IN_TOPICS - {"/"} & {*asked}:
            return asked
        kind, _, message_id = identity.partition(":")
        is_fit = kind == "id" and not _BAD_IN_TOPICS & {*message_id} and len(message_id.encode()) < _TOPIC_BYTES
        return f"{heard.topic}/receipt/{message_id if is_fit else sha256}"

    async def record(self, port: Port, heard: Heard, senders: taking.Senders) -> Answer:
        """The answer, after the commit.  Raises QueueFull, StoreUnavailable, SQLAlchemyError: try again."""
        facility = self.facility_of(heard.topic)
        named = self.named.get(facility) or self.named.get(EVERY_FACILITY, "")
        actor = await senders.find(named, FORMAT, facility)
        if actor is None or not may_send(actor.role, FORMAT):
            why = taking.refusal(Reason.NOT_ALLOWED, "topic", message=f"Nobody may send for {facility} here.")
            sha256 = taking.sha256(heard.body)
            receipt = taking.refused_receipt(why, sha256=sha256, received_at=port.clock())
            return Answer(receipt, self.answer_topic(heard, identity="", sha256=sha256))
        draft = await self._draft(port, heard, actor=actor, facility=facility)
        try:
            receipt = await port.recorder.submit(draft)
        except PortError as error:
            # Over HTTP the sender hears of it; a camera may not, so it is kept as refused.
            receipt = await port.recorder.submit(_refused(port, heard, taking.refusal_by_port(error), actor=actor))
        return Answer(receipt, self.answer_topic(heard, identity=draft.identity, sha256=draft.sha256))

    async def _draft(self, port: Port, heard: Heard, *, actor: Actor, facility: str) -> Draft:
        if not actor.may_speak_for(facility):
            why = taking.refusal(
                Reason.FOREIGN_FACILITY,
                "topic",
                message=f"The sender's key does not speak for the facility {facility}.",
            )
            return _refused(port, heard, why, actor=actor)
        if len(heard.body) > _LIMIT:
            return _refused(port, heard, taking.too_large(len(heard.body), _LIMIT), actor=actor)
        # The topic says which gate it is, so a message that names another facility is somebody else's.
        sender = replace(await port.profile(actor), facilities=frozenset({facility}), is_hub=False)
        read = partial(
            intake.receive,
            heard.body,
            format=FORMAT,
            sender=sender,
            key_id=actor.key_id,
            received_at=port.clock(),
            content_type=heard.content_type,
        )
        return read() if len(heard.body) < _IN_THREAD_FROM else await run_in_threadpool(read)


def _refused(port: Port, heard: Heard, why: Refusal, *, actor: Actor) -> Draft:
    kept = _KEPT_OF_TOO_LARGE if len(heard.body) > _LIMIT else None
    now = port.clock()
    return taking.refused_draft(heard.body, why, actor=actor, format_name=FORMAT, received_at=now, keep_bytes=kept)
