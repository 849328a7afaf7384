"""One element of each array that customs, brokers and carriers tell in JSON, and a body of one of them."""

from __future__ import annotations

from typing import Any

from build_formats import sender
from port.actor import Role

CUSTOMS = sender(Role.CUSTOMS, party="XMCUS")
CALL = {
    "vesselIMONumber": "9123453",
    "importVoyage": "118w",
    "exportVoyage": "119E",
    "eta": "2026-11-22T06:00:00+08:00",
}
MANIFEST = {"transportDocumentReference": "XMLN26110042", "direction": "IMPORT"}
RELEASE = {"transportDocumentReference": "XMLN26110042", "status": "RELEASED"}
DECLARATION = {"declarationNumber": "371120261004417735", "direction": "IMPORT"}
NOTICE = {
    "declarationNumber": "371120261004417735",
    "status": "RELEASED",
    "noticeDateTime": "2026-11-20T09:15:03+08:00",
}
ALL = {
    "notices": [NOTICE],
    "declarations": [DECLARATION],
    "carrierReleases": [RELEASE],
    "manifests": [MANIFEST],
    "vesselCalls": [CALL],
}


def only(name: str, **changed: Any) -> dict[str, Any]:
    """A body of that array alone, of one element."""
    return {name: [{**ALL[name][0], **changed}]}
