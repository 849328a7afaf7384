/**
 * A back-test's report on the screen: `Report({report, job})`.
 *
 * Outcomes nobody knows are said to be unknown, never counted as nothing found.
 */
import { code, html, say, t } from "./shell.js";
import { percent, Columns, Lines, stepOf } from "./rules_chart.js";
import { RouteChip } from "./rules_parts.js";
import { asCount, asDay, asScore, Estimate, Figures, Flips } from "./lab_parts.js";

export function Report({ report, job }) {
  const { strata, recall, randomFloor, selection } = report;
  const inspected = strata.byRules.inspected + strata.random.inspected;
  return html`<section class="card"><${Figures} of=${[
      [t("rpCases"), asCount(report.cases), report.from ? `${asDay(report.from)} – ${asDay(report.to)}` : ""],
      [t("rpInspected"), asCount(selection?.budget ?? inspected), percent((selection?.budget ?? inspected) / report.cases)],
      [t("rpFinds"), asCount(strata.byRules.finds + strata.random.finds), t("rpKnown", asCount(strata.byRules.known + strata.random.known))],
      [t("rpPrecision"), html`<${Value} of=${selection ? selection.overall.precision : strata.byRules.precision} />`, selection ? t("rpOfBudget") : t("rpByRules")],
      [t("rpRecall"), html`<${Value} of=${recall} />`, t("rpRecallFrom")],
      [t("rpUnknown"), asCount(strata.unknown), percent(strata.unknown / report.cases)],
      ...(report.faults ? [[t("rpFaults"), html`<span class="stop">${asCount(report.faults)}</span>`, t("rpFaultsLead")]] : []),
    ]} />
    <p class="honest">${strata.unknown ? t("rpHonest", asCount(strata.unknown)) : t("rpAllKnown")}</p></section>
  <section class="card flips-card"><h2>${t("rpFlips")}</h2>${report.against ? html`<${Flips} hash=${report.ruleset} source=${job.jobID} fromWord=${t("rpAgainst")} toWord=${t("rpThis")} />` : html`<p class="quiet">${t("rpNoAgainst")}</p>`}</section>
  <${Rows} report=${report} />
  <div class="card-row"><${Strata} report=${report} /><${Floor} floor=${randomFloor} strata=${strata} selection=${selection} /></div>
  <div class="card-row charts"><${Hours} hours=${report.perHour} /><${Series} series=${report.series} /></div>
  <div class="card-row"><${Missing} facts=${report.missingFacts} /><${Calibration} lanes=${report.calibration} /></div>`;
}

const Value = ({ of }) => (of ? html`<span title=${`${percent(of.low)} – ${percent(of.high)}`}>${percent(of.value)}</span> <small class="interval">${percent(of.low, 0)} – ${percent(of.high, 0)}</small>` : html`<span class="unknown">${t("lbUnknown")}</span>`);

/** A point and its interval on a scale that all rows share. */
function Whisker({ of, most }) {
  if (!of) return null;
  const x = (value) => 2 + (116 * Math.min(value, most)) / most;
  return html`<svg class="whisker-cell" viewBox="0 0 120 14" aria-hidden="true"><path d=${`M2 12.5H118`} class="rule" /><path class="whisker" d=${`M${x(of.low)} 7H${x(of.high)}M${x(of.low)} 4v6M${x(of.high)} 4v6`} /><circle cx=${x(of.value)} cy="7" r="3.4" /></svg>`;
}

function Rows({ report }) {
  const most = stepOf(Math.max(...report.rows.map((row) => row.precision?.high ?? 0), 0.01), 1);
  const spoke = [...report.rows].filter((row) => row.hits > 0);
  const silent = report.rows.filter((row) => row.hits === 0);
  return html`<section class="card"><h2>${t("rpRows")}</h2><p class="quiet">${t("rpRowsLead")}</p><div class="sheet-frame"><table class="sheet rows-table"><thead><tr><th scope="col">${t("rpRow")}</th><th scope="col">${t("rpRoute")}</th><th scope="col" class="num" title=${t("rpHitsLead")}>${t("rpHits")}</th><th scope="col" class="num" title=${t("rpIncrementalLead")}>${t("rpIncremental")}</th><th scope="col" class="num" title=${t("rpExclusiveLead")}>${t("rpExclusive")}</th>
      <th scope="col" class="num" title=${t("rpKnownLead")}>${t("rpKnownShort")}</th><th scope="col" class="num">${t("rpFinds")}</th><th scope="col">${t("rpPrecision")} ${report.rows.some((row) => row.precision) && html`<small>0 – ${percent(Math.min(most, 1), 0)}</small>`}</th></tr></thead>
    <tbody>${spoke.map((row) => html`<tr key=${row.row}><th scope="row"><code>${row.row}</code><p>${say(row.sentence)}</p></th><td><${RouteChip} route=${row.route} /></td><td class="num">${asCount(row.hits)}</td><td class="num">${asCount(row.incremental)}</td><td class="num">${asCount(row.exclusive)}</td>
      <td class="num">${asCount(row.known)}</td><td class="num">${row.known ? asCount(row.finds) : html`<span class="unknown">${t("lbUnknown")}</span>`}</td><td class="precision"><${Whisker} of=${row.precision} most=${Math.min(most, 1)} /><${Estimate} of=${row.precision} /></td></tr>`)}</tbody></table></div>
    ${silent.length > 0 && html`<p class="quiet">${t("rpSilent", silent.length)} ${silent.map((row) => html`<code key=${row.row} title=${say(row.sentence)}>${row.row}</code> `)}</p>`}</section>`;
}

const Strata = ({ report: { strata, recall, selection } }) => html`<section class="card"><h2>${t("rpStrata")}</h2><table class="sheet"><thead><tr><td></td><th scope="col" class="num">${t("rpInspected")}</th><th scope="col" class="num">${t("rpKnownShort")}</th><th scope="col" class="num">${t("rpFinds")}</th><th scope="col">${t("rpPrecision")}</th></tr></thead>
  <tbody>${[["rpByRules", strata.byRules], ["rpRandom", strata.random], ...(selection ? [["rpOverall", selection.overall]] : [])].map(([word, one]) => html`<tr key=${word}><th scope="row">${t(word)}</th><td class="num">${asCount(one.inspected)}</td><td class="num">${asCount(one.known)}</td><td class="num">${one.known ? asCount(one.finds) : "–"}</td><td><${Estimate} of=${one.precision} /></td></tr>`)}
    <tr><th scope="row">${t("rpNever")}</th><td class="num">–</td><td class="num">0</td><td class="num">–</td><td><span class="unknown">${t("lbUnknown")}</span> ${asCount(strata.unknown)}</td></tr></tbody></table>
  <h3>${t("rpRecall")} <${Estimate} of=${recall} /></h3><p class="quiet">${recall ? t("rpRecallWhy") : t("rpRecallNone")}</p>
  ${selection?.knownRecall && html`<h3>${t("rpKnownRecall")} <${Estimate} of=${selection.knownRecall} /></h3><p class="quiet">${t("rpKnownRecallWhy")}</p>`}</section>`;

function Floor({ floor, strata, selection }) {
  return html`<section class="card"><h2>${t("rpFloor")}</h2>${floor ? html`<${Figures} of=${[[t("rpFloorBudget"), asCount(floor.budget)], [t("rpFloorFinds"), strata.random.known ? asCount(floor.finds) : "–"], [t("rpFloorPrice"), floor.priceInFinds === null ? html`<span class="unknown">${t("lbUnknown")}</span>` : asCount(floor.priceInFinds)]]} /><p class="quiet">${t("rpFloorWhy")}</p>` : html`<p class="quiet">${t("rpFloorNone")}</p>`}
    ${selection && html`<h2>${t("rpBudget", percent(selection.share), asCount(selection.budget))}</h2><${Figures} of=${[[t("rpByRows"), asCount(selection.byRows)], [t("rpByRisk"), asCount(selection.byRisk)], [t("rpAtRandom"), asCount(selection.atRandom)], ...(selection.topUpFrom === null ? [] : [[t("rpTopUpFrom"), asScore(selection.topUpFrom)]])]} />`}</section>`;
}

const hourOf = (at) => new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Shanghai", day: "2-digit", month: "2-digit", hour: "2-digit", hourCycle: "h23" }).format(new Date(at));

/** The busiest hours tell whether the site can do it; all hours of a quarter would be a grey bar. */
function Hours({ hours }) {
  if (!hours.length) return null;
  const capacity = hours.find((hour) => hour.capacity !== null)?.capacity;
  const over = hours.filter((hour) => hour.capacity !== null && hour.inspections > hour.capacity).length;
  const shown = hours.length <= 72 ? hours : [...hours].sort((one, other) => other.inspections - one.inspections).slice(0, 48).sort((one, other) => (one.hour < other.hour ? -1 : 1));
  return html`<section class="card"><h2>${t("rpHours")}</h2><p class="quiet">${capacity === undefined ? t("rpCapacityUnknown") : t("rpHoursLead", asCount(over), asCount(hours.length), asCount(capacity))}</p>
    <${Columns} title=${shown.length < hours.length ? t("rpBusiest", shown.length) : t("rpPerHour")} points=${shown.map((hour) => ({ label: hourOf(hour.hour), value: hour.inspections }))} limit=${capacity} limitWord=${t("rpCapacity")} /></section>`;
}

function Series({ series }) {
  if (series.length < 2) return null;
  const points = (of) => series.map((day) => [Date.parse(day.day), of(day)]);
  const isAllKnown = series.every((day) => day.known === day.inspections);
  const lines = [{ name: t("rpInspected"), tone: "b", points: points((day) => day.inspections) }, ...(isAllKnown ? [] : [{ name: t("rpKnownShort"), tone: "d", points: points((day) => day.known) }]), { name: t("rpFinds"), tone: "DIRECT_RELEASE", points: points((day) => day.finds) }];
  return html`<section class="card"><h2>${t("rpSeries")}</h2><${Lines} title=${t("rpPerDay")} series=${lines} formatX=${asDayShort} /></section>`;
}

const asDayShort = (at) => new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", day: "2-digit", month: "2-digit" }).format(new Date(at));

const Missing = ({ facts }) => html`<section class="card"><h2>${t("rpMissing")}</h2><table class="sheet"><tbody>${facts.map((fact) => html`<tr key=${fact.fact}><th scope="row">${say(fact)}</th><td class="bar-cell"><i style=${`width:${(100 * (fact.missing + fact.unreadable)) / Math.max(fact.asked, 1)}%`}></i></td>
  <td class="num">${percent(fact.missing / Math.max(fact.asked, 1))}${fact.unreadable > 0 && html` <span class="look">${t("rpUnreadable", asCount(fact.unreadable))}</span>`}</td></tr>`)}</tbody></table></section>`;

const Calibration = ({ lanes }) => lanes.length > 0 && html`<section class="card"><h2>${t("rpCalibration")}</h2><p class="quiet">${t("rpCalibrationLead")}</p><table class="sheet"><thead><tr><th scope="col">${t("rpLane")}</th><th scope="col" class="num">${t("rpExpected")}</th><th scope="col" class="num">${t("rpTopUpFrom")}</th><th scope="col" class="num">${t("rpReached")}</th></tr></thead>
  <tbody>${lanes.map((lane) => html`<tr key=${lane.route}><th scope="row">${code("labRoute", lane.route)}</th><td class="num">${percent(lane.expectedRate)}</td><td class="num">${asScore(lane.topUpFrom)}</td><td class="num">${percent(lane.reachedRate)}</td></tr>`)}</tbody></table></section>`;
