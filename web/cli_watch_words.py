"""What `digital-port watch` prints: a telling as a line for people, in Chinese or English, or as JSON for programs."""

from __future__ import annotations

import json
import locale
from typing import Literal

from web.client import Ended, Event, Gap, Phase, Snapshot, Stub, Telling
from web.client.tellings import Wire

Language = Literal["zh", "en"]
_WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "nothing": "nothing reported to you yet",
        "next": "next: ",
        "hidden": "something changed that is not for you to see",
        "ended": "no longer told",
        "gap": "told wrongly; asking anew",
        "movement": "container", "customs": "customs", "customsArrival": "arrival report", "carrier": "carrier release",
        "charges": "charges", "instruction": "terminal instruction",
        "CONNECTING": "connecting …", "LIVE": "live", "WAITING": "the line is lost, trying again",
    },
    "zh": {
        "nothing": "尚无数据",
        "next": "下一步：",
        "hidden": "有变化，但不在您可见的范围内",
        "ended": "不再更新",
        "gap": "消息有误，正在重新获取",
        "movement": "箱子", "customs": "海关", "customsArrival": "运抵报告", "carrier": "船公司放货",
        "charges": "费用", "instruction": "码头指令",
        "CONNECTING": "正在连接…", "LIVE": "实时", "WAITING": "连接中断，正在重试",
    },
}  # fmt: skip


def language_of_locale() -> Language:
    """zh where the locale is Chinese, else en."""
    return "zh" if (locale.getlocale()[0] or "").lower().startswith(("zh", "chinese")) else "en"


def phase_line(phase: Phase, reason: str, language: Language) -> str:
    """How the line to the port is."""
    return _WORDS[language][phase] + (f" ({reason})" if reason else "")


def json_line(telling: Telling) -> str:
    """A telling as one JSON object; `kind` says which."""
    told: Wire = {"kind": type(telling).__name__.lower(), "key": telling.key}
    match telling:
        case Snapshot(_, cursor, data):
            told |= {"epoch": cursor.epoch, "version": cursor.version, "data": data}
        case Event(_, cursor, event_id, type_code, data):
            told |= {"epoch": cursor.epoch, "version": cursor.version, "eventID": event_id, "type": type_code}
            told["data"] = data
        case Stub(_, cursor, at):
            told |= {"epoch": cursor.epoch, "version": cursor.version, "at": at.isoformat()}
        case Ended(_, reason, message):
            told |= {"reason": reason, "message": message}
        case Gap(_, fault, _, version):
            told |= {"fault": fault, "version": version}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def line(telling: Telling, before: Wire, language: Language) -> str:
    """A telling as people read it; `before` is what was last seen under the key."""
    words, name = _WORDS[language], telling.key.removeprefix("container:")
    match telling:
        case Snapshot(_, _, data) if not data:
            return f"{name}  {words['nothing']}"
        case Snapshot(_, _, data):
            return f"{name}  {_state(data, language)}"
        case Event(_, cursor, _, type_code, data):
            changed = _changes(before, data, language) or [f"{type_code} v{cursor.version}"]
            return f"{name}  {' · '.join([_state(data, language), *changed]).strip(' ·')}"
        case Stub():
            return f"{name}  {words['hidden']}"
        case Ended(_, reason, message):
            return f"{name}  {words['ended']}: {message or reason} ({reason})"
        case Gap(_, fault):
            return f"{name}  {words['gap']} ({fault})"


def _state(data: Wire, language: Language) -> str:
    headline, following = data.get("headline") or {}, data.get("nextStep") or {}
    parts = [str(headline.get(language, "")), _WORDS[language]["next"] + following[language] if following else ""]
    return " · ".join(part for part in parts if part)


def _changes(before: Wire, data: Wire, language: Language) -> list[str]:
    old, new = before.get("facets") or {}, data.get("facets") or {}
    return [
        f"{_WORDS[language].get(facet, facet)} {old.get(facet)} → {code}"
        for facet, code in new.items()
        if before and code != old.get(facet)
    ]
