"""port.lab_days: what came to the port in a time, as a simulation plays it again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from build_diverting import declare
from build_port import BOX, NOW, TestPort, discharged, notice
from events.types import Direction, Route
from port import lab_days
from port.diversion.moves.recorded import RECORDED, RecordedBox
from port.lab_days import TooManyBoxes, recorded_boxes


def boxes(port: TestPort, *, hours: float = 1) -> tuple[RecordedBox, ...]:
    with port.client.app.state.port.database.read() as connection:
        return recorded_boxes(connection, since=NOW - timedelta(hours=hours), until=NOW + timedelta(hours=hours))


def test_a_box_is_played_at_its_discharge_with_its_route_and_a_later_order(either_port: TestPort) -> None:
    declare(either_port)
    either_port.gate(discharged(minutes_ago=30))
    either_port.customs(notices=[notice("SCAN_ORDERED")])
    [box] = boxes(either_port)
    assert (box.container_number, box.direction, box.at) == (BOX, Direction.IMPORT, NOW - timedelta(minutes=30))
    assert (box.routes, box.order) == ({RECORDED: Route.DIRECT_RELEASE}, Route.SCAN)
    assert box.case is not None


def test_what_came_before_that_time_is_not_played(port: TestPort) -> None:
    declare(port)
    port.gate(discharged(minutes_ago=30))
    assert boxes(port, hours=0.25) == ()


def test_more_than_can_be_played_is_refused(port: TestPort, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(port)
    port.gate(discharged())
    monkeypatch.setattr(lab_days, "MOST_BOXES", 0)
    with pytest.raises(TooManyBoxes):
        boxes(port)
