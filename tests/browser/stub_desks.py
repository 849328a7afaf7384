"""What the desks ask of the stub: instructions, messages, decisions, alerts, certificates."""

from __future__ import annotations

import json

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from canned import KEYS, Json
from canned_desks import ALERT, EXPLAINED, RAW, REFUSED, decision, mailing
from stub_pages import problem


class StubDesks:
    """What the desks are told; tests set the lists."""

    def __init__(self) -> None:
        self.instructions: list[Json] = []
        self.decisions: list[Json] = []
        self.mailings: list[Json] = []
        self.alerts: list[Json] = [ALERT]
        self.messages: list[Json] = [REFUSED]
        self.refuses_override: Json | None = None
        self.cancelled_meanwhile: set[str] = set()

    async def list_instructions(self, request: Request) -> Response:
        state = request.query_params["state"]
        found = [i for i in self.instructions if state == "ended" or i["state"] == state]
        return JSONResponse({"instructions": found, "next": None})

    async def step_instruction(self, request: Request) -> Response:
        state = {"acknowledge": "ACKNOWLEDGED", "execute": "EXECUTED"}[request.path_params["step"]]
        [found] = [i for i in self.instructions if i["instructionID"] == request.path_params["id"]]
        if found["instructionID"] in self.cancelled_meanwhile:
            found["state"] = "CANCELLED"
            return problem(409, "INSTRUCTION_ENDED", "This instruction was cancelled.", current=found)
        found.update({"state": state, f"{state.lower()}At": "2026-11-21T09:25:00+08:00"})
        return JSONResponse(found)

    async def list_messages(self, request: Request) -> Response:
        return JSONResponse({"messages": self.messages, "next": None})

    async def message(self, request: Request) -> Response:
        return JSONResponse(
            {
                **REFUSED,
                "sha256": "0",
                "contentType": "application/edifact",
                "raw": RAW,
                "rawEncoding": "utf-8",
            }
        )

    async def list_decisions(self, request: Request) -> Response:
        is_waiting = request.query_params.get("state") == "waiting"
        found = [
            d
            for d in self.decisions
            if not is_waiting or (d["isCurrent"] and (d["route"] == "HOLD" or d["isAwaitingSite"]))
        ]
        return JSONResponse({"decisions": found, "next": None})

    async def decision(self, request: Request) -> Response:
        [found] = [d for d in self.decisions if d["decisionID"] == request.path_params["id"]]
        return JSONResponse({**found, **EXPLAINED})

    async def override(self, request: Request) -> Response:
        if self.refuses_override:
            return JSONResponse(self.refuses_override, 409)
        body = await request.json()
        [found] = [d for d in self.decisions if d["decisionID"] == request.path_params["id"]]
        found.update(isCurrent=False)
        newer = decision("d-9", found["equipmentReference"], route=body["route"], reason="OVERRIDE", alerts=[])
        newer["override"] = {"by": "XMCUS", "reason": body["reason"]}
        self.decisions.insert(0, newer)
        return JSONResponse(newer)

    async def list_alerts(self, request: Request) -> Response:
        return JSONResponse({"alerts": self.alerts, "next": None})

    async def certificates(self, request: Request) -> Response:
        if request.method == "POST":
            body = await request.json()
            self.mailings.insert(0, mailing("m-new", certificateNumber=body["certificateNumber"]))
            return JSONResponse(self.mailings[0], 201)
        shown = self.mailings
        if KEYS[request.cookies["dp"]]["role"] == "courier":
            shown = [{**one, "certificateNumber": None} for one in shown]
        return JSONResponse({"certificates": shown})

    async def certificate(self, request: Request) -> Response:
        return JSONResponse(self._mailing(request))

    async def step_certificate(self, request: Request) -> Response:
        found = self._mailing(request)
        step = request.path_params["step"]
        if step == "code":
            found["codeMasked"] = "••••42"
            return JSONResponse({"code": "718242", "expiresAt": "2026-11-21T21:00:00+08:00"})
        body = json.loads(await request.body() or b"{}")
        if step == "confirm" and body["code"] != "718242":
            return problem(422, "WRONG_CODE", "That is not the code. 4 tries are left.")
        state = {
            "sign": "SIGNED",
            "place": "IN_LOCKER",
            "confirm": "CODE_CONFIRMED",
            "collect": "COLLECTED",
            "cancel": "CANCELLED",
        }[step]
        found.update({"state": state, **{k: v for k, v in body.items() if k in ("locker", "itemID")}})
        found["steps"] = [*found["steps"], {"step": state, "at": "2026-11-21T09:00:00+08:00"}]
        return JSONResponse(found)

    def _mailing(self, request: Request) -> Json:
        [found] = [m for m in self.mailings if m["mailingID"] == request.path_params["id"]]
        return found
