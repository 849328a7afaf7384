"""What people are told in words: short, in Chinese or in English; made when it is sent, of what is so by then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from port.happenings import TYPES
from port.interests_choices import Language

Told = Mapping[str, Any]  # JSON as it leaves
_MOST_LABEL = 40
# Between what it is called and what happened, between sentences, after the next step's name.
_COMMAS = {Language.ZH: "、", Language.EN: ", "}
_MARKS = {Language.ZH: (" ", "。", "下一步："), Language.EN: (": ", ". ", "Next: ")}


@dataclass(frozen=True, slots=True)
class Said:
    """A title and what follows it; `subject` is the container or certificate, `page` the path where one sees more,
    `short` the one word of it that fits a template: what happened, or a code."""

    title: str
    text: str
    subject: str
    page: str
    short: str = field(default="", repr=False)


def in_one_line(said: Said, language: Language) -> str:
    """Title and text."""
    stop = _MARKS[language][1]
    return f"{said.title}{stop}{said.text}".strip()


def of_container(type: str, status: Told, label: str, language: Language) -> Said:
    """A happening of a container, and how it stands now: headline and next step."""
    number = str(status["equipmentReference"])
    between, stop, _ = _MARKS[language]
    headline, rest = _word(status["headline"], language), _following(status, language)
    happened = _happened(type, language)
    # The headline often says what happened: then once is enough.
    text = rest if headline == happened else f"{headline}{stop}{rest}"
    return Said(f"{_named(number, label)}{between}{happened}", text.strip(), number, f"/#/c/{number}", happened)


def of_certificate(type: str, number: str, mailing_id: str, language: Language) -> Said:
    """A step of a certificate's mailing."""
    between = _MARKS[language][0]
    happened = _happened(type, language)
    return Said(f"{number}{between}{happened}", "", number, f"/certificates#/m/{mailing_id}", happened)


def summed(status: Told, types: Sequence[str], label: str, language: Language) -> Said:
    """How a container stands now, and all that happened to it meanwhile."""
    between, stop, _ = _MARKS[language]
    last = of_container(types[-1], status, label, language)
    happened = _COMMAS[language].join(_happened(type, language) for type in dict.fromkeys(types))
    title = f"{_named(last.subject, label)}{between}{_word(status['headline'], language)}"
    return Said(title, f"{happened}{stop}{_following(status, language)}".strip(), last.subject, last.page, last.short)


def of_code(code: str, minutes: int, language: Language) -> Said:
    """The code that verifies an address."""
    title = {Language.ZH: f"验证码 {code}", Language.EN: f"Your code is {code}"}[language]
    text = {
        Language.ZH: f"{minutes} 分钟内有效。如非本人操作，请忽略。",
        Language.EN: f"It is good for {minutes} minutes. If you did not ask for it, do nothing.",
    }[language]
    return Said(title, text, "", "/notifications", code)


def of_trial(language: Language) -> Said:
    """A trial of a channel."""
    title = {Language.ZH: "测试通知", Language.EN: "A trial"}[language]
    text = {Language.ZH: "您可以收到港口的通知。", Language.EN: "You will be told here what you chose."}[language]
    return Said(title, text, "", "/notifications", title)


def of_digest(count: int, language: Language) -> str:
    """The subject of a digest about so many containers and certificates."""
    return {Language.ZH: f"港口动态：{count} 项", Language.EN: f"From the port: {count} changed"}[language]


def _following(status: Told, language: Language) -> str:
    _, stop, named = _MARKS[language]
    step = status["nextStep"]
    return "" if step["code"] == "NONE" else f"{named}{_word(step, language)}{stop.strip()}"


def _happened(type: str, language: Language) -> str:
    words = TYPES[type]
    return words.zh if language is Language.ZH else words.en


def _word(words: Told, language: Language) -> str:
    return str(words[language.value])


def _named(number: str, label: str) -> str:
    return f"{number} ({label[:_MOST_LABEL]})" if label else number
