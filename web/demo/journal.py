"""The live log: one calm line for what happened, one for what was refused and why, and a sum now and then."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from web.demo.messages import PORT_ZONE
from web.demo.steps import Answer, Expect, Instruction, Speak


@dataclass(slots=True)
class Journal:
    """Writes lines with `say` and keeps count.  `surprises` holds the answers no story meant to get.

    What happens to every box, acknowledging and setting down, gets a line only if `is_full`.
    """

    say: Callable[[str], None]
    is_full: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    routes: Counter[str] = field(default_factory=Counter)
    surprises: list[str] = field(default_factory=list)

    def note(self, step: Speak, answer: Answer) -> None:
        """Writes down one step and its answer."""
        is_meant = _is_meant(step.expect, answer)
        self.counts["said"] += step.method == "POST"
        self.counts["refused"] += step.method == "POST" and not answer.is_taken
        for order in filter(None, (result.instruction for result in answer.results)):
            self.routes[order.route] += not answer.is_duplicate
        if not is_meant:
            self.surprises.append(f"{step.party} {step.says}: {_refusal(answer) or 'taken'}")
        outcome = _outcome(step, answer, is_meant=is_meant)
        is_shown = self.is_full or not step.is_minor or not is_meant
        if step.says and outcome is not None and is_shown:
            self._line(step.at, step.party, f"{step.says}{outcome}")

    def instructed(self, at: datetime, terminal: str, order: Instruction) -> None:
        """Writes down an instruction that came without a message of the terminal's."""
        self.routes[order.route] += 1
        self._line(at, terminal, f"is told: {order.container}{_order(order)}")

    def sum(self, at: datetime) -> None:
        """Writes the sum so far."""
        routes = ", ".join(f"{count} {route}" for route, count in sorted(self.routes.items())) or "none"
        counts = f"{self.counts['said']} messages, {self.counts['refused']} refused, {len(self.surprises)} unexpected"
        self._line(at, "—", f"{counts}; instructions: {routes}")

    def _line(self, at: datetime, who: str, what: str) -> None:
        self.say(f"{at.astimezone(PORT_ZONE):%H:%M}  {who:<9} {what}")


def _is_meant(expect: Expect, answer: Answer) -> bool:
    match expect:
        case Expect.TAKEN:
            return answer.is_taken and not any(result.outcome == "rejected" for result in answer.results)
        case Expect.REFUSED:
            return 400 <= answer.status < 500
        case Expect.DUPLICATE:
            return answer.is_taken and answer.is_duplicate
        case Expect.NOT_TOO_LATE:
            return answer.is_taken or answer.status == 409


def _outcome(step: Speak, answer: Answer, *, is_meant: bool) -> str | None:
    """What follows the line's subject; None when the answer is not worth a line."""
    refusal = _refusal(answer)
    if refusal:
        return f"  ✗ {refusal}{'' if is_meant else '  (unexpected)'}"
    if answer.is_duplicate:
        return "  = known already"
    if step.method == "GET":
        return _seen(answer)
    orders = [result.instruction for result in answer.results if result.instruction]
    return "".join(map(_order, orders))


def _seen(answer: Answer) -> str | None:
    if answer.view is None:
        return None
    view = answer.view
    state = "ready" if view.is_ready else "may load" if view.may_load else ", ".join(view.blockers)
    return f"  · {view.headline} ({state})" if state else f"  · {view.headline}"


def _order(order: Instruction) -> str:
    return f"  → {order.route}{f' at {order.place}' if order.place else ''} ({order.reason})"


def _refusal(answer: Answer) -> str:
    if answer.problem:
        return f"{answer.status} {answer.problem}"
    refused = [result for result in answer.results if result.outcome == "rejected"]
    return "; ".join(" ".join(filter(None, (r.reason, r.where and f"at {r.where}"))) for r in refused)
