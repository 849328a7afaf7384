"""Every address of the API has a row: who may knock at all.  What is then shown is in test_access.py."""

from __future__ import annotations

import pytest

from build_port import TestPort
from port.actor import Role

ALL = frozenset(Role)
OPEN = "open to anybody, without a key"
CUSTOMS = frozenset({Role.CUSTOMS})
WORK_BOXES = frozenset({Role.TERMINAL, Role.DEPOT, Role.CUSTOMS})
TRADE = frozenset({Role.FORWARDER, Role.BROKER, Role.CONSIGNEE})

# Who is not turned away for its role alone (403).  Of another's things everybody is told 404.
MATRIX: dict[tuple[str, str], frozenset[Role] | str] = {
    ("POST", "/v1/messages/{format}"): frozenset(
        {Role.TERMINAL, Role.DEPOT}
    ),  # of `gate`; the rest in test_receipts.py
    ("GET", "/v1/messages"): ALL,
    ("GET", "/v1/messages/{receipt_id}"): ALL,
    ("POST", "/v1/messages/{receipt_id}/replay"): ALL,
    ("GET", "/v1/search"): ALL,
    ("GET", "/v1/containers/{number}"): ALL,
    ("GET", "/v1/containers/{number}/timeline"): ALL,
    ("GET", "/v1/visits/{visit_id}"): ALL,
    ("POST", "/v1/visits/nominations"): TRADE,
    ("DELETE", "/v1/visits/nominations"): ALL,
    ("GET", "/v1/vessel-calls/{call_id}"): ALL,
    ("GET", "/v1/events"): ALL,
    ("GET", "/dcsa/tnt/v3/events"): ALL,
    ("GET", "/v1/instructions"): WORK_BOXES,
    ("GET", "/v1/instructions/{instruction_id}"): ALL,
    ("POST", "/v1/instructions/{instruction_id}/acknowledge"): ALL,
    ("POST", "/v1/instructions/{instruction_id}/execute"): ALL,
    ("GET", "/v1/decisions"): CUSTOMS,
    ("GET", "/v1/decisions/{decision_id}"): CUSTOMS,
    ("POST", "/v1/decisions/{decision_id}/override"): CUSTOMS,
    ("GET", "/v1/alerts"): CUSTOMS,
    ("GET", "/v1/rulesets"): CUSTOMS,
    ("POST", "/v1/rulesets"): CUSTOMS,
    ("PUT", "/v1/rulesets/{name}"): CUSTOMS,
    ("POST", "/v1/rulesets/check"): CUSTOMS,
    ("POST", "/v1/rulesets/import"): CUSTOMS,
    ("GET", "/v1/rulesets/audit"): CUSTOMS,
    ("GET", "/v1/rulesets/{hash}"): CUSTOMS,
    ("GET", "/v1/rulesets/{hash}/versions"): CUSTOMS,
    ("GET", "/v1/rulesets/{hash}/export"): CUSTOMS,
    ("GET", "/v1/rulesets/{hash}/audit"): CUSTOMS,
    ("GET", "/v1/rulesets/{hash}/decisions"): CUSTOMS,
    ("GET", "/v1/rulesets/{hash}/changes"): CUSTOMS,
    ("POST", "/v1/rulesets/{hash}/lint"): CUSTOMS,
    ("POST", "/v1/rulesets/{hash}/test"): CUSTOMS,
    ("POST", "/v1/rulesets/{hash}/approve"): CUSTOMS,
    ("POST", "/v1/rulesets/{hash}/activate"): CUSTOMS,
    ("POST", "/v1/rulesets/{hash}/rollback"): CUSTOMS,
    ("POST", "/v1/rulesets/{hash}/retire"): CUSTOMS,
    ("GET", "/v1/facts"): CUSTOMS,
    ("GET", "/v1/hs"): CUSTOMS,
    ("POST", "/v1/rulesets/try"): CUSTOMS,
    ("POST", "/v1/rulesets/{hash}/backtest"): CUSTOMS,
    ("POST", "/v1/rulesets/{hash}/shadow"): CUSTOMS,
    ("GET", "/v1/rulesets/{hash}/shadow"): CUSTOMS,
    ("GET", "/v1/rulesets/{hash}/flips"): CUSTOMS,
    ("GET", "/v1/jobs"): CUSTOMS,
    ("GET", "/v1/jobs/{job_id}"): CUSTOMS,
    ("DELETE", "/v1/jobs/{job_id}"): CUSTOMS,
    ("GET", "/v1/jobs/{job_id}/report"): CUSTOMS,
    ("GET", "/v1/jobs/{job_id}/report.{form}"): CUSTOMS,
    ("POST", "/v1/declaration-files"): CUSTOMS,
    ("GET", "/v1/declaration-files"): CUSTOMS,
    ("POST", "/v1/simulations"): CUSTOMS,
    ("GET", "/v1/simulations/parameters"): CUSTOMS,
    ("GET", "/v1/reconciliations"): ALL,
    ("GET", "/v1/certificates"): ALL,
    ("POST", "/v1/certificates"): TRADE,
    ("GET", "/v1/certificates/{mailing_id}"): ALL,
    ("POST", "/v1/certificates/{mailing_id}/sign"): ALL,
    ("POST", "/v1/certificates/{mailing_id}/place"): ALL,
    ("POST", "/v1/certificates/{mailing_id}/code"): ALL,
    ("POST", "/v1/certificates/{mailing_id}/confirm"): ALL,
    ("POST", "/v1/certificates/{mailing_id}/collect"): ALL,
    ("POST", "/v1/certificates/{mailing_id}/cancel"): ALL,
    ("GET", "/v1/webhooks"): ALL - {Role.ADMIN},
    ("POST", "/v1/webhooks"): ALL - {Role.ADMIN},
    ("GET", "/v1/webhooks/{webhook_id}"): ALL - {Role.ADMIN},
    ("PATCH", "/v1/webhooks/{webhook_id}"): ALL - {Role.ADMIN},
    ("DELETE", "/v1/webhooks/{webhook_id}"): ALL - {Role.ADMIN},
    ("POST", "/v1/webhooks/{webhook_id}/rotate"): ALL - {Role.ADMIN},
    ("POST", "/v1/webhooks/{webhook_id}/test"): ALL - {Role.ADMIN},
    ("POST", "/v1/webhooks/{webhook_id}/enable"): ALL - {Role.ADMIN},
    ("POST", "/v1/webhooks/{webhook_id}/disable"): ALL - {Role.ADMIN},
    ("POST", "/v1/webhooks/{webhook_id}/replay"): ALL - {Role.ADMIN},
    ("GET", "/v1/webhooks/{webhook_id}/deliveries"): ALL - {Role.ADMIN},
    ("GET", "/v1/watchlist"): ALL,
    ("POST", "/v1/watchlist"): ALL,
    ("DELETE", "/v1/watchlist/{number}"): ALL,
    ("GET", "/v1/watchlist.csv"): ALL,
    ("GET", "/v1/notifications"): ALL,
    ("GET", "/v1/notifications/settings"): ALL,
    ("PUT", "/v1/notifications/settings"): ALL,
    ("POST", "/v1/notifications/addresses"): ALL,
    ("POST", "/v1/notifications/addresses/verify"): ALL,
    ("DELETE", "/v1/notifications/addresses/{channel}"): ALL,
    ("GET", "/v1/notifications/push-key"): ALL,
    ("POST", "/v1/notifications/push"): ALL,
    ("DELETE", "/v1/notifications/push"): ALL,
    ("POST", "/v1/notifications/test"): ALL,
    ("POST", "/v1/notifications/unsubscribe/{token}"): OPEN,
    ("GET", "/v1/session"): ALL,
    ("POST", "/v1/session"): OPEN,
    ("DELETE", "/v1/session"): OPEN,
    ("POST", "/v1/stream-tickets"): ALL,
    ("POST", "/v1/entry-codes"): ALL,
    ("GET", "/v1/stream/sse"): ALL,
    ("GET", "/v1/keys"): ALL,
    ("POST", "/v1/keys"): ALL,
    ("POST", "/v1/keys/{key_id}/rotate"): ALL,
    ("DELETE", "/v1/keys/{key_id}"): ALL,
    ("GET", "/v1/parties"): ALL,
    ("GET", "/healthz"): OPEN,
    ("GET", "/readyz"): OPEN,
    ("GET", "/metrics"): OPEN,
}
# A stream has no end, and its own tests.
STREAMS = {"/v1/stream/sse"}
BODIES = {
    ("POST", "/v1/visits/nominations"): {
        "equipmentReference": "CSQU3054383", "transportDocumentReference": "B", "nominee": "N",
    },
    ("POST", "/v1/certificates"): {"certificateNumber": "C1", "recipient": {"name": "N", "address": "A"}},
    ("POST", "/v1/decisions/{decision_id}/override"): {"route": "HOLD", "reason": "smells odd"},
}  # fmt: skip
CLOSED = [row for row, roles in MATRIX.items() if not isinstance(roles, str)]


def filled(path: str) -> str:
    return path.replace("{format}", "gate").replace("{number}", "CSQU3054383").replace("{", "").replace("}", "")


def test_every_address_of_the_api_has_a_row_and_no_row_is_left_over(shared_port: TestPort):
    paths = shared_port.client.get("/openapi.json").json()["paths"]
    assert {(method.upper(), path) for path, methods in paths.items() for method in methods} == MATRIX.keys()


@pytest.mark.parametrize(("method", "path"), MATRIX)
def test_nothing_is_told_without_a_key_but_what_is_open(shared_port: TestPort, method: str, path: str):
    answer = shared_port.client.request(method, filled(path), json=BODIES.get((method, path)))
    assert (answer.status_code != 401) == (MATRIX[method, path] is OPEN)


@pytest.mark.parametrize(("method", "path"), [row for row in CLOSED if row[1] not in STREAMS])
def test_a_role_is_turned_away_where_its_row_says_so(shared_port: TestPort, method: str, path: str):
    turned_away: set[Role] = set()
    for role in Role:
        headers = shared_port.headers(role.value)
        answer = shared_port.client.request(method, filled(path), json=BODIES.get((method, path)), headers=headers)
        assert answer.status_code not in (401, 500)
        if answer.status_code == 403:
            turned_away.add(role)
    assert turned_away == ALL - set(MATRIX[method, path])
