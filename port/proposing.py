"""Writing a version of the rules: kept under its content's hash with who wrote it, its test cases and why."""

from __future__ import annotations

from msgspec import Struct
from sqlalchemy import insert, update

from events.types import RulesetStep
from port.actor import Actor
from port.batch import Work
from port.checking import Checked
from port.diversion.table import Ruleset
from port.diversion.testing import TestCase
from port.errors import BadRequest, Conflict
from port.life import check_officer, take
from port.rulesets import RULESETS, tests_json
from port.rulesets_read import Version, find_approval, find_version, newest_of, resolve


class RulesetExists(Conflict):
    """The very same table was proposed before."""

    reason = "RULESET_EXISTS"
    fix = "use that version; only its author may change its test cases, and not after its approval"


class NotTheNewest(Conflict):
    """Somebody wrote another version of the family meanwhile."""

    reason = "NOT_THE_NEWEST"
    fix = "look at the newest version of the family, and give its hash as basedOn"


class Proposal(Struct, frozen=True):
    """A table with its test cases and why it was written; `based_on` is the version it was made from."""

    ruleset: Ruleset
    tests: tuple[TestCase, ...]
    note: str
    based_on: str | None = None

    @property
    def tests_json(self) -> str:
        """As they are kept."""
        return tests_json(self.tests)


def propose(work: Work, actor: Actor, wanted: Proposal, *, checked: Checked) -> Version:
    """Keep a version.  `checked` is what lint and its tests say of it.

    The author of a version may give the same table other test cases, until it is approved.  A table the port began
    with gets whoever proposes it again as its author.  Raises NotAllowed, BadRequest, RulesetUnknown, RulesetExists,
    NotTheNewest.
    """
    check_officer(actor)
    if not wanted.note.strip():
        raise BadRequest("each version needs a note", where="note", fix="say why it was written, in a sentence")
    content_hash = wanted.ruleset.content_hash
    found = find_version(work.connection, content_hash)
    if found is None:
        _insert(work, actor, wanted)
    else:
        _propose_again(work, actor, wanted, found)
    made = find_version(work.connection, content_hash)
    assert made is not None
    take(work, actor, made, RulesetStep.PROPOSED, why=wanted.note, detail={"basedOn": made.based_on})
    take(work, actor, made, RulesetStep.LINTED, detail=checked.lint)
    take(work, actor, made, RulesetStep.TESTED, detail=checked.tests)
    return made


def _insert(work: Work, actor: Actor, wanted: Proposal) -> None:
    newest = newest_of(work.connection, wanted.ruleset.name)
    based_on = None if wanted.based_on is None else resolve(work.connection, wanted.based_on)
    if newest is not None and based_on != newest.content_hash:
        raise NotTheNewest(f"the newest version of {wanted.ruleset.name} is {newest.content_hash[:12]}")
    values = {"content_hash": wanted.ruleset.content_hash, "name": wanted.ruleset.name, "kept_at": work.now}
    values |= {"body": wanted.ruleset.to_json(), "based_on": based_on, **_changing(work, actor, wanted)}
    work.connection.execute(insert(RULESETS).values(values))


def _propose_again(work: Work, actor: Actor, wanted: Proposal, found: Version) -> None:
    is_own = found.author in (None, actor.person)
    is_news = found.author is None or found.tests != wanted.tests_json
    if not is_own or not is_news or find_approval(work.connection, found.content_hash) is not None:
        raise RulesetExists(f"this table is kept already, as {found.content_hash[:12]}")
    own = RULESETS.c.content_hash == found.content_hash
    work.connection.execute(update(RULESETS).where(own).values(_changing(work, actor, wanted)))


def _changing(work: Work, actor: Actor, wanted: Proposal) -> dict[str, object]:
    return {
        "author": actor.person,
        "party": actor.party,
        "note": wanted.note.strip(),
        "tests": wanted.tests_json,
        "position": work.batch.next_position,
    }
