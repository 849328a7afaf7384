"""How telling the outside fares: gauges for `/metrics`, and what `doctor` looks at."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection

from port import outbox_log, webhooks_owning
from web.clock import wall_clock


def lines(connection: Connection) -> list[str]:
    """By channel, in Prometheus' text format; ages by the wall's clock, which the outbox goes by."""
    now, found = wall_clock(), list[str]()
    for one in outbox_log.totals(connection, now=now):
        name = one.channel.value.lower()
        gauges = {
            "waiting": one.waiting,
            "due": one.due,
            "oldest_due_seconds": age_seconds(one.oldest_due_at, now),
            "targets_failing": one.targets_failing,
        }
        found += [f'digital_port_outbox_{gauge}{{channel="{name}"}} {value}' for gauge, value in gauges.items()]
    return [*found, f"digital_port_webhooks_disabled {webhooks_owning.count_failed(connection)}"]


def age_seconds(at: datetime | None, now: datetime) -> int:
    """How long ago; 0 where there is nothing."""
    return 0 if at is None else max(0, round((now - at).total_seconds()))
