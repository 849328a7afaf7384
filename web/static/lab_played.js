/**
 * A simulation as it went: `Played({report, versions})`: each way of working beside the first, by group of boxes, the spread
 * over the days played; and beside it what each version finds in its last back-test.
 */
import { useEffect, useState } from "./vendor/hooks.module.js";
import { html, say, t } from "./shell.js";
import { call, useAnswer } from "./rules_api.js";
import { Bars, percent } from "./rules_chart.js";
import { Segments } from "./rules_parts.js";
import { address } from "./rules_place.js";
import { asCount, asHours, Estimate, VersionName } from "./lab_parts.js";
import { Source, unitOf } from "./lab_parameters.js";

const asMoves = (n) => (n === null || n === undefined ? "–" : n.toFixed(2));
const FIGURES = [["lifts", asMoves], ["hauls", asMoves], ["moves", asMoves], ["movesAshore", asMoves], ["availableMean", asHours], ["availableMedian", asHours], ["availableP90", asHours], ["portMean", asHours]];
const PORT = [["inspected", asCount], ["siteQueueMean", asCount], ["siteQueueMost", asCount], ["siteWaitMean", asHours], ["siteWaitP90", asHours], ["scanWaitMean", asHours], ["truckMean", asHours], ["berthHours", asHours], ["rolled", asCount]];
const TONES = ["d", "a", "b", "c", "YARD", "SCAN"];

export function Played({ report, versions }) {
  const [sides, setSides] = useState("BOTH");
  const [group, setGroup] = useState("ALL");
  const groups = [...new Set(report.variants.flatMap((one) => one.groups.filter((it) => it.sides === sides).map((it) => it.group)))];
  const chosen = groups.includes(group) ? group : "ALL";
  const of = (variant) => variant.groups.find((one) => one.sides === sides && one.group === chosen);
  const name = (variant) => (variant.flow === "TRADITIONAL" ? t("mvTraditional") : variant.name);
  const heads = report.variants.map((variant) => html`<th scope="col" key=${variant.name}>${variant.flow === "TRADITIONAL" ? t("mvTraditional") : html`<${VersionName} hash=${variant.rulesetHash} versions=${versions} />`}</th>`);
  const bars = (figure) => report.variants.filter(of).map((variant, n) => ({ label: name(variant), value: of(variant).figures[figure].mean, low: of(variant).figures[figure].low, high: of(variant).figures[figure].high, tone: TONES[n] }));
  return html`<div class="filters"><${Segments} label=${t("mvSides")} value=${sides} onChange=${setSides} options=${["BOTH", "IMPORT", "EXPORT"].map((one) => [one, t(`mvSides.${one}`)])} />
      <${Segments} label=${t("mvGroup")} value=${chosen} onChange=${setGroup} options=${groups.map((one) => [one, t(`mvBoxes.${one}`)])} /></div>
    <${Finds} report=${report} versions=${versions} of=${of} />
    <section class="card"><h2>${t("mvTable")} <small>${t("mvSpread", report.seeds.length)}</small></h2><div class="sheet-frame"><table class="sheet played"><thead><tr><td></td>${heads}</tr></thead>
      <tbody><tr><th scope="row">${t("mvFigure.boxes")}</th>${report.variants.map((variant) => html`<td key=${variant.name} class="num">${asCount(of(variant)?.figures.boxes?.mean)}</td>`)}</tr>
      ${FIGURES.map(([figure, format]) => html`<tr key=${figure}><th scope="row">${t(`mvFigure.${figure}`)}</th>${report.variants.map((variant, n) => html`<${Cell} key=${variant.name} spread=${of(variant)?.figures[figure]} change=${n ? of(variant)?.changes[figure] : null} format=${format} />`)}</tr>`)}
      <tr class="apart"><th colspan=${report.variants.length + 1} scope="rowgroup">${t("mvPort")}</th></tr>
      ${PORT.filter(([figure]) => report.variants.some((variant) => variant.port[figure])).map(([figure, format]) => html`<tr key=${figure}><th scope="row">${t(`mvFigure.${figure}`)}</th>${report.variants.map((variant) => html`<${Cell} key=${variant.name} spread=${variant.port[figure]} format=${format} />`)}</tr>`)}</tbody></table></div></section>
    <div class="card-row charts"><section class="card"><${Bars} title=${t("mvFigure.moves")} rows=${bars("moves")} format=${asMoves} /></section><section class="card"><${Bars} title=${t("mvFigure.availableMean")} rows=${bars("availableMean")} format=${asHours} /></section>
      <section class="card"><${Bars} title=${t("mvFigure.availableMedian")} rows=${bars("availableMedian")} format=${asHours} /></section><section class="card"><${Bars} title=${t("mvFigure.availableP90")} rows=${bars("availableP90")} format=${asHours} /></section></div>
    <${Parameters} report=${report} />`;
}

/** A mean with its interval, and by how much of the first it changed. */
function Cell({ spread, change, format }) {
  if (!spread) return html`<td class="num quiet">–</td>`;
  const isWide = spread.high - spread.low > 1e-9;
  return html`<td class="num"><b>${format(spread.mean)}</b>${isWide && html` <small class="quiet">${format(Math.max(spread.low, 0))} – ${format(spread.high)}</small>`}${change && html` <${Change} of=${change} />`}</td>`;
}

function Change({ of }) {
  const sure = of.low * of.high > 0;
  return html`<span class="change ${sure ? (of.mean < 0 ? "go" : "stop") : "quiet"}" title=${`${percent(of.low)} – ${percent(of.high)}`}>${of.mean > 0 ? "+" : "−"}${Math.abs(100 * of.mean).toFixed(0)} %${sure ? "" : ` ${t("mvNotSure")}`}</span>`;
}

/** The last back-test of each version; of one that has none it says so. */
function useFinds(hashes) {
  const { answer } = useAnswer("/v1/jobs?limit=200");
  const [found, setFound] = useState({});
  useEffect(() => {
    if (!answer) return;
    for (const hash of hashes) {
      const job = answer.jobs.find((one) => one.kind === "BACKTEST" && one.state === "DONE" && one.rulesetHash === hash);
      if (job) call(`/v1/jobs/${job.jobID}/report`).then((report) => setFound((old) => ({ ...old, [hash]: { job, report } })), () => {});
    }
  }, [answer, hashes.join(" ")]);
  return found;
}

function Finds({ report, versions, of }) {
  const diverted = report.variants.filter((one) => one.flow !== "TRADITIONAL");
  const found = useFinds(diverted.map((one) => one.rulesetHash));
  const cell = (hash, told) => (found[hash] ? told(found[hash].report) : html`<span class="quiet">–</span>`);
  return html`<section class="card"><h2>${t("mvFinds")}</h2><p class="quiet">${t("mvFindsLead")}</p><div class="sheet-frame"><table class="sheet"><thead><tr><th scope="col">${t("edVersion")}</th><th scope="col" class="num">${t("rpFinds")}</th><th scope="col" class="num">${t("rpInspected")}</th><th scope="col">${t("rpPrecision")}</th><th scope="col">${t("rpRecall")}</th>
      <th scope="col" class="num">${t("mvFigure.moves")}</th><th scope="col" class="num">${t("mvFigure.availableMean")}</th><th scope="col" class="num">${t("mvFigure.siteQueueMost")}</th><th scope="col">${t("labBacktests")}</th></tr></thead>
    <tbody>${diverted.map((variant) => html`<tr key=${variant.name}><th scope="row"><${VersionName} hash=${variant.rulesetHash} versions=${versions} /></th>
      <td class="num">${cell(variant.rulesetHash, ({ strata }) => (strata.byRules.known + strata.random.known ? html`<b>${asCount(strata.byRules.finds + strata.random.finds)}</b>` : html`<span class="unknown">${t("lbUnknown")}</span>`))}</td><td class="num">${cell(variant.rulesetHash, ({ strata, cases }) => `${asCount(strata.byRules.inspected + strata.random.inspected)} / ${asCount(cases)}`)}</td>
      <td>${cell(variant.rulesetHash, ({ strata, selection }) => html`<${Estimate} of=${selection ? selection.overall.precision : strata.byRules.precision} />`)}</td><td>${cell(variant.rulesetHash, ({ recall }) => html`<${Estimate} of=${recall} />`)}</td>
      <td class="num">${asMoves(of(variant)?.figures.moves.mean)}</td><td class="num">${asHours(of(variant)?.figures.availableMean.mean)}</td><td class="num">${asCount(variant.port.siteQueueMost?.mean)}</td>
      <td>${found[variant.rulesetHash] ? html`<a href=${address("backtests", found[variant.rulesetHash].job.jobID)}>${t("stOpenReport")}</a>` : html`<a href=${`${address("backtests")}?of=${variant.rulesetHash}`}>${t("btStart")}</a>`}</td></tr>`)}</tbody></table></div></section>`;
}

function Parameters({ report }) {
  const { answer } = useAnswer("/v1/simulations/parameters");
  const specs = answer?.parameters ?? [];
  const isChanged = (one) => report.parameters[one.name] !== one.default;
  return html`<section class="card"><details><summary><h2 class="in-line">${t("mvParameters")}</h2> <span class="quiet">${t("mvChangedCount", specs.filter(isChanged).length)}</span></summary>
    <div class="sheet-frame"><table class="sheet params"><thead><tr><th scope="col">${t("mvParameter")}</th><th scope="col" class="num">${t("tryValue")}</th><th scope="col">${t("tryUnit")}</th><th scope="col">${t("mvSource")}</th></tr></thead><tbody>${specs.map((one) => html`<tr key=${one.name} class=${isChanged(one) ? "is-changed" : ""}><th scope="row">${say(one)}</th><td class="num">${report.parameters[one.name]}${isChanged(one) && html` <small class="quiet">(${one.default})</small>`}</td><td>${unitOf(one)}</td><td><${Source} source=${one.source} /></td></tr>`)}</tbody></table></div></details></section>`;
}
