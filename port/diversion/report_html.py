"""The report of a back-test as one page that needs nothing else: no script, no other file, and it prints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from port.diversion import report_words as words
from port.diversion.intervals import Estimate
from port.diversion.report import Report
from port.diversion.report_charts import Bar, Line, bars, lines
from port.diversion.report_parts import Stratum
from port.diversion.report_words import Said

_MOST_BARS = 40
_STYLE = """
:root{color-scheme:light}
body{font:14px/1.5 system-ui,"Noto Sans SC","Microsoft YaHei",sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem;color:#1a1a1a;background:#fff}
h1{font-size:1.5rem}h2{font-size:1.15rem;margin-top:2rem;border-bottom:1px solid #ccc}
table{border-collapse:collapse;width:100%;margin:.5rem 0}th,td{border:1px solid #ccc;padding:.25rem .5rem;text-align:left;vertical-align:top}
td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}thead{background:#f2f4f7}
.en{color:#555}code{word-break:break-all}svg{width:100%;height:auto;font-size:12px}svg .name{text-anchor:end}
.bar{fill:#2b6cb0}.interval{stroke:#111;stroke-width:2}.grid{stroke:#ddd}
svg path{fill:none;stroke-width:1.5}.l1{stroke:#2b6cb0;color:#2b6cb0}.l2{stroke:#b7791f;color:#b7791f}.l3{stroke:#c53030;color:#c53030;stroke-dasharray:4 3}
.legend span{margin-right:1.5rem}.legend span::before{content:"— "}
@media print{body{margin:0;max-width:none;font-size:11px}h2{break-after:avoid}tr,svg{break-inside:avoid}thead{display:table-header-group}}
"""  # noqa: E501  # a style sheet reads by its rules


def to_html(report: Report) -> str:
    """The page, in both languages side by side; every text of a stranger is escaped."""
    parts = [_head(report), _inspections(report), _rows(report)]
    if report.flips:
        parts.append(_flips(report))
    parts.extend(part for part in (_days(report), _hours(report), _calibration(report), _missing(report)) if part)
    title = f"{words.TITLE.zh} · {words.TITLE.en} · {report.name}"
    return (
        f'<!doctype html>\n<html lang="zh"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>\n'
        f"<body>\n{chr(10).join(parts)}\n</body></html>\n"
    )


def _both(said: Said) -> str:
    return f'{escape(said.zh)} <span class="en" lang="en">{escape(said.en)}</span>'


def _section(heading: Said, *parts: str) -> str:
    return f"<section><h2>{_both(heading)}</h2>{''.join(parts)}</section>"


def _table(header: Sequence[Said], rows: Iterable[Sequence[object]]) -> str:
    """Numbers to the right; a text that is markup already comes as `_Markup`."""
    head = "".join(f"<th>{_both(one)}</th>" for one in header)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


class _Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def _cell(value: object) -> str:
    if isinstance(value, _Markup):
        return f"<td>{value}</td>"
    if isinstance(value, int):
        return f'<td class="n">{value:,}</td>'
    if isinstance(value, float):
        return f'<td class="n">{value:,.4g}</td>'
    if isinstance(value, Estimate):
        return f'<td class="n">{_share(value)}</td>'
    return f"<td>{escape('' if value is None else str(value))}</td>"


def _share(estimate: Estimate | None) -> str:
    if estimate is None:
        return f"{words.NOT_KNOWN.zh} {words.NOT_KNOWN.en}"
    return f"{estimate.value:.1%} ({estimate.low:.1%} – {estimate.high:.1%})"


def _head(report: Report) -> str:
    since, until = report.since, report.until
    span = f"{since:%Y-%m-%d} – {until:%Y-%m-%d}" if since and until else "–"
    told: list[tuple[Said, object]] = [
        (words.RULESET, _Markup(f"{escape(report.name)}<br><code>{escape(report.ruleset)}</code>")),
        (words.CASES, report.cases),
        (words.SPAN, span),
        (words.LEARNT, report.learnt_inspections),
        (words.UNKNOWN, report.unknown),
        (words.FAULTS, report.faults),
    ]
    if report.against:
        told.insert(1, (words.AGAINST, _Markup(f"<code>{escape(report.against)}</code>")))
    shown = [(said, f"{value:,}" if isinstance(value, int) else value) for said, value in told]
    rows = "".join(f"<tr><th>{_both(said)}</th>{_cell(value)}</tr>" for said, value in shown)
    return f"<h1>{_both(words.TITLE)}</h1><table>{rows}</table><p>{_both(words.NOTE)}</p>"


def _inspections(report: Report) -> str:
    chosen = report.selection
    strata = [(words.BY_RULES, report.by_rules), (words.RANDOM, report.random)]
    if chosen:
        strata.insert(0, (words.ALL, chosen.overall))
    header = (words.INSPECTIONS, words.INSPECTED, words.KNOWN, words.FINDS, words.PRECISION)
    table = _table(header, [(_Markup(_both(name)), *_stratum(one)) for name, one in strata])
    told: list[tuple[Said, str]] = [(words.RECALL, _share(report.recall))]
    if chosen:
        told.insert(0, (words.BUDGET, f"{chosen.budget:,} ({chosen.share:.1%}; {chosen.random_floor:.0%} lot)"))
        told.append((words.KNOWN_RECALL, _share(chosen.known_recall)))
        if chosen.top_up_from is not None:
            told.append((words.TOP_UP, f"{chosen.top_up_from:.6g}"))
    floor = report.random_floor
    if floor:
        price = floor.price_in_finds
        told.append((words.PRICE, words.NOT_KNOWN.en if price is None else f"{price:,.1f}"))
    facts = "".join(f"<tr><th>{_both(said)}</th><td>{escape(value)}</td></tr>" for said, value in told)
    return _section(words.INSPECTIONS, table, f"<table>{facts}</table>")


def _stratum(one: Stratum) -> Sequence[object]:
    return one.inspected, one.known, one.finds, one.precision or words.NOT_KNOWN.en


def _rows(report: Report) -> str:
    header = (
        words.ROW, words.ROUTE, words.SENTENCE, words.HITS, words.INCREMENTAL, words.EXCLUSIVE, words.KNOWN, words.FINDS
    )  # fmt: skip
    told = [
        (
            one.row,
            one.route,
            _Markup(f'{escape(one.zh)}<br><span class="en" lang="en">{escape(one.en)}</span>'),
            *(one.hits, one.incremental, one.exclusive, one.known, one.finds),
        )
        for one in report.rows
    ]
    known = [(one.row, one.precision) for one in report.rows if one.precision][:_MOST_BARS]
    drawn = [Bar(row, found.value, _share(found), found.low, found.high) for row, found in known]
    chart = f"<h3>{_both(words.ROW_PRECISION)}</h3>{bars(words.ROW_PRECISION.en, drawn, top=1)}" if drawn else ""
    return _section(words.ROWS, _table(header, told), chart)


def _flips(report: Report) -> str:
    counts = {(one.was, one.now): one.count for one in report.flips}
    across = list(dict.fromkeys(one.now for one in report.flips))
    head = "".join(f"<th>{escape(now)}</th>" for now in across)
    body = "".join(
        f"<tr><th>{escape(was)}</th>{''.join(_cell(counts.get((was, now), 0)) for now in across)}</tr>"
        for was in dict.fromkeys(one.was for one in report.flips)
    )
    matrix = f"<p>{_both(words.FROM_TO)}</p><table><thead><tr><th></th>{head}</tr></thead><tbody>{body}</tbody></table>"
    header = (words.CONTAINER, words.DECISION, words.FROM, words.TO, words.ROW)
    cases = [(one.container_number, one.decision_id, one.was, one.now, one.row) for one in report.flip_cases]
    listed = f"<details><summary>{_both(words.FLIP_CASES)}</summary>{_table(header, cases)}</details>" if cases else ""
    return _section(words.FLIPS, matrix, listed)


def _days(report: Report) -> str:
    if not report.series:
        return ""
    labels = [one.day.isoformat() for one in report.series]
    chart = lines(
        words.DAYS.en,
        labels,
        (
            Line(f"{words.INSPECTED.zh} {words.INSPECTED.en}", [one.inspections for one in report.series], "l1"),
            Line(f"{words.FINDS.zh} {words.FINDS.en}", [one.finds for one in report.series], "l2"),
        ),
    )
    return _section(words.DAYS, chart)


def _hours(report: Report) -> str:
    hours = report.per_hour
    if not hours:
        return ""
    busiest = max(hours, key=lambda one: one.inspections)
    over = sum(1 for one in hours if one.capacity is not None and one.inspections > one.capacity)
    drawn = [Line(f"{words.INSPECTED.zh} {words.INSPECTED.en}", [one.inspections for one in hours], "l1")]
    if any(one.against is not None for one in hours):
        drawn.append(Line(f"{words.AGAINST.zh} {words.AGAINST.en}", [one.against for one in hours], "l2"))
    if any(one.capacity is not None for one in hours):
        drawn.append(Line(f"{words.CAPACITY.zh} {words.CAPACITY.en}", [one.capacity for one in hours], "l3"))
    told = (
        f"<p>{_both(words.BUSIEST)}: {escape(busiest.hour.isoformat())}, {busiest.inspections:,}. "
        f"{_both(words.OVER)}: {over:,}</p>"
    )
    return _section(words.HOURS, lines(words.HOURS.en, [f"{one.hour:%Y-%m-%d %H:%M}" for one in hours], drawn), told)


def _calibration(report: Report) -> str:
    if not report.calibration:
        return ""
    header = (words.ROUTE, words.EXPECTED, words.TOP_UP, words.REACHED)
    told = [(one.route, one.expected_rate, one.top_up_from, one.reached_rate) for one in report.calibration]
    return _section(words.CALIBRATION, _table(header, told))


def _missing(report: Report) -> str:
    if not report.missing_facts:
        return ""
    header = (words.FACT, words.ASKED, words.IS_MISSING, words.IS_UNREADABLE)
    told = [
        (_Markup(_both(Said(one.zh, one.en))), one.asked, one.missing, one.unreadable) for one in report.missing_facts
    ]
    return _section(words.MISSING, _table(header, told))
