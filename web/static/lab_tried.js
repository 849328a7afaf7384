/**
 * The parts of a tried box: why no other row, what was looked at, the risk term by term, and the moves.
 *
 *   WhyNot({one, table, isOne})   FactTable({facts})   Risk({table, one})   MovesLine({moves})
 */
import { useState } from "./vendor/hooks.module.js";
import { html, say, t } from "./shell.js";
import { Mark } from "./rules_icons.js";
import { codeWord } from "./rules_values.js";
import { asCount, asScore } from "./lab_parts.js";
import { ORDER, ordered } from "./lab_rows.js";

const MARKS = { MATCHED: "check", HOLDS: "check", OPEN: "info", NEAR: "warn", FAR: "cross" };

export function WhyNot({ one, table, isOne }) {
  const [shown, setShown] = useState("");
  const rows = ordered(one.rows, new Map(table.rows.map((row) => [row.id, row.when.length])), one.decision.matchedRow !== null);
  const several = (name) => new Set(one.rows.map((row) => row[name]).filter(Boolean)).size > 1;
  const [areDeclarations, areLines] = [several("declaration"), several("line")];
  const where = (row) => [areDeclarations && row.declaration, areLines && row.line && t("tryLine", row.line)].filter(Boolean).join(" · ");
  const counts = ORDER.map((kind) => [kind, rows.filter((row) => row.kind === kind).length]).filter(([, n]) => n);
  if (!rows.length) return html`<section class="card why"><h2>${t("theRows")}</h2><p class="quiet">${t("tryNotAsked")}</p></section>`;
  return html`<section class="card why"><h2>${t("theRows")}</h2>
    <p class="kinds">${counts.map(([kind, n]) => html`<button type="button" key=${kind} class="b ghost k-${kind}" aria-pressed=${shown === kind} onClick=${() => setShown(shown === kind ? "" : kind)}><${Mark} name=${MARKS[kind]} /><span>${t(`tryRow.${kind}`)} ${n}</span></button>`)}</p>
    <ol class="why-rows ${isOne ? "" : "narrow"}" tabindex="0" aria-label=${t("theRows")}>${rows.filter((row) => !shown || row.kind === shown).map((row) => html`<li key=${`${row.declaration} ${row.line} ${row.row}`} class="k-${row.kind}">
      <i title=${t(`tryRow.${row.kind}`)}><${Mark} name=${MARKS[row.kind]} /><span class="only-read">${t(`tryRow.${row.kind}`)}</span></i><div><p><code>${row.row}</code> <span class="quiet">${where(row)}</span> ${say(row.sentence)}</p>
      ${row.whyNot.map((why, n) => html`<p class="because" key=${n}>${say(why)}</p>`)}</div></li>`)}</ol></section>`;
}

function Value({ fact }) {
  const { value } = fact;
  if (value === null || value === undefined) return html`<span class="missing"><${Mark} name="warn" />${t("tryMissing")}</span>`;
  if (typeof value === "boolean") return t(value ? "edYes" : "edNo");
  if (Array.isArray(value)) return value.length ? value.map(codeWord).join(", ") : t("lbNone");
  if (typeof value === "number") return html`<span class="num">${new Intl.NumberFormat("en", { maximumFractionDigits: 4 }).format(value)}</span>`;
  return html`${codeWord(value)}`;
}

/** What is asked for first; a missing one stands out. */
export function FactTable({ facts }) {
  const [isAll, setAll] = useState(false);
  const shown = facts.filter((fact) => isAll || fact.isAsked);
  const missing = facts.filter((fact) => fact.isAsked && fact.value === null).length;
  return html`<section class="card facts-used"><h2>${t("tryFacts")} <small>${t("tryFactsCount", facts.filter((fact) => fact.isAsked).length, missing)}</small></h2>
    <label class="switch"><input type="checkbox" checked=${isAll} onChange=${() => setAll(!isAll)} />${t("tryAllFacts")}</label>
    <div class="sheet-frame"><table class="sheet"><thead><tr><th scope="col">${t("tryFact")}</th><th scope="col">${t("tryValue")}</th><th scope="col">${t("tryUnit")}</th><th scope="col">${t("tryLevel")}</th><th scope="col">${t("tryOf")}</th></tr></thead>
    <tbody>${shown.map((fact, n) => html`<tr key=${n} class=${fact.value === null ? "is-missing" : ""}><th scope="row">${say(fact)} <code>${fact.name}</code></th><td><${Value} fact=${fact} /></td><td>${fact.unit || ""}</td>
      <td>${t(`edLevel.${fact.level}`)}</td><td class="digits">${[fact.declaration, fact.line ? t("tryLine", fact.line) : ""].filter(Boolean).join(" · ")}</td></tr>`)}</tbody></table></div></section>`;
}

/** The riskiest line, term by term: weight times value, and what a missing value counts as. */
export function Risk({ table, one }) {
  const terms = table.risk ?? [];
  if (!terms.length) return null;
  const lines = [...new Set(one.facts.filter((fact) => fact.level === "LINE").map((fact) => `${fact.declaration} ${fact.line}`))];
  const counted = lines.map((line) => terms.map((term) => {
    const fact = one.facts.find((it) => it.name === term.fact && (it.level === "CONTAINER" || `${it.declaration} ${it.line}` === line || (it.level === "DECLARATION" && line.startsWith(`${it.declaration} `))));
    const value = fact?.value ?? null;
    return { term, fact, value, part: term.weight * (value === null ? (term.missing ?? 0) : Number(value)) };
  }));
  const sum = (parts) => parts.reduce((all, { part }) => all + part, 0);
  const riskiest = counted.sort((a, b) => sum(b) - sum(a))[0] ?? [];
  const lane = (table.lanes ?? []).find((it) => it.route === one.decision.route);
  const most = Math.max(...riskiest.map(({ part }) => Math.abs(part)), 1e-9);
  return html`<section class="card risk"><h2>${t("tryRisk")} <b class="num">${asScore(one.decision.risk)}</b></h2>
    ${lane?.top_up_from !== undefined && lane?.top_up_from !== null && html`<p class="quiet">${t("tryTopUp", asScore(lane.top_up_from))}</p>`}
    <table class="terms"><tbody>${riskiest.map(({ term, fact, value, part }) => html`<tr key=${term.fact}><th scope="row">${say(fact) || term.fact}</th><td class="num">${value === null ? html`<span class="missing">${t("tryMissing")} (${term.missing ?? 0})</span>` : Number(value).toLocaleString("en", { maximumFractionDigits: 4 })} × ${term.weight}</td>
      <td class="bar-cell"><i style=${`width:${(100 * Math.abs(part)) / most}%`}></i></td><td class="num"><b>${part.toFixed(3)}</b></td></tr>`)}</tbody></table></section>`;
}

export function MovesLine({ moves }) {
  if (!moves) return html`<p class="quiet">${t("tryNoMoves")}</p>`;
  const share = (value) => `width:${(100 * value) / Math.max(moves.traditional, moves.now, 1e-9)}%`;
  return html`<table class="moves-line"><caption>${t("tryMoves")} <b class=${moves.avoided > 0 ? "go" : moves.avoided < 0 ? "stop" : ""}>${t(moves.avoided < 0 ? "tryMore" : "tryAvoided", asCount(Math.abs(moves.avoided)))}</b></caption><tbody>
    <tr><th scope="row">${t("tryTraditional")}</th><td class="bar-cell"><i class="was" style=${share(moves.traditional)}></i></td><td class="num">${moves.traditional}</td></tr>
    <tr><th scope="row">${t("tryThis")}</th><td class="bar-cell"><i style=${share(moves.now)}></i></td><td class="num">${moves.now}</td></tr></tbody></table>`;
}
