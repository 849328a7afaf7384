/**
 * Two versions side by side: what differs, in words, row by row; and which boxes would go elsewhere.
 *
 * #/compare/BEFORE/AFTER; the boxes are the latest ones, or all recorded visits by a back-test.
 */
import { useState } from "./vendor/hooks.module.js";
import { useDoing } from "./desk.js";
import { code, html, say, spaced, t } from "./shell.js";
import { call, FINAL, useAnswer, useJob } from "./rules_api.js";
import { FlipMatrix, percent } from "./rules_chart.js";
import { Button, Empty, Problems, Progress, RouteChip, Segments, Wait } from "./rules_parts.js";
import { Mark } from "./rules_icons.js";
import { address, go } from "./rules_place.js";
import { asCount, Flips, Head, tryAddress, useVersions, VersionSelect } from "./lab_parts.js";
import { useJobs } from "./lab_backtests.js";
import { paired } from "./lab_rows.js";

const PARTS = ["ruleset", "rows", "lists", "lanes", "sites", "risk"];
const MARKS = { ADDED: "plus", REMOVED: "bin", CHANGED: "right", MOVED: "grip", RENAMED: "right" };

export default function Compare({ parts: [one, other] }) {
  const versions = useVersions();
  const before = versions.ofHash(one)?.hash ?? versions.active;
  const after = versions.ofHash(other)?.hash ?? versions.all.find((version) => version.hash !== before)?.hash ?? null;
  const turn = (first, second) => go(address("compare", first, second));
  const isPair = Boolean(before && after && before !== after);
  const told = useAnswer(isPair ? `/v1/rulesets/${after}/changes?from=${before}` : null);
  const [old, next] = [useAnswer(isPair ? `/v1/rulesets/${before}` : null), useAnswer(isPair ? `/v1/rulesets/${after}` : null)];
  return html`<main class="lab page" id="main"><${Head} title=${t("labCompare")} lead=${t("coLead")} />
    ${versions.answer && html`<div class="filters pair"><${VersionSelect} label=${t("coBefore")} value=${before} versions=${versions.all} onChange=${(hash) => turn(hash, after ?? hash)} />
      <${Button} mark="redo" label=${t("coSwap")} disabled=${!isPair} onClick=${() => turn(after, before)} /><${VersionSelect} label=${t("coAfter")} value=${after} versions=${versions.all} onChange=${(hash) => turn(before, hash)} />
      ${isPair && html`<a class="b" href=${address("try", before, after)}><span>${t("coTry")}</span></a><a class="b" href=${address("edit", after)}><span>${t("coEdit")}</span></a>`}</div>`}
    <${Wait} error=${versions.error ?? told.error ?? old.error ?? next.error} isBusy=${!versions.answer || told.isBusy} />
    ${versions.answer && !isPair && html`<${Empty} title=${t(versions.all.length < 2 ? "coOnlyOne" : "coSame")} lead=${t("coLead")} />`}
    ${told.answer && old.answer && next.answer && html`<${Rows} old=${old.answer} next=${next.answer} changes=${told.answer.changes} /><${Changes} changes=${told.answer.changes} /><${Elsewhere} key=${before + after} before=${before} after=${after} told=${told.answer} />`}</main>`;
}

function Rows({ old, next, changes }) {
  const [isAll, setAll] = useState(false);
  const routes = (whole) => new Map([...whole.ruleset.rows, { id: "default", route: whole.ruleset.default.route }].map((row) => [row.id, row.route]));
  const [was, now] = [routes(old), routes(next)];
  const touched = new Set(changes.filter((one) => one.part === "rows").map((one) => one.name));
  const rows = paired(old.rows, next.rows);
  const isChanged = (row) => !row.was || !row.now || touched.has(row.id);
  const shown = rows.filter((row) => isAll || isChanged(row));
  const side = (row, routes_) => (row ? html`<${RouteChip} route=${routes_.get(row.id)} /> ${say(row.sentence)}` : html`<span class="quiet">–</span>`);
  const kind = (row) => (!row.was ? "ADDED" : !row.now ? "REMOVED" : touched.has(row.id) ? "CHANGED" : "SAME");
  return html`<section class="card"><div class="page-head"><h2>${t("coRows")} <small>${t("coRowsCount", rows.filter(isChanged).length, rows.length)}</small></h2><label class="switch"><input type="checkbox" checked=${isAll} onChange=${() => setAll(!isAll)} />${t("coAllRows")}</label></div>
    ${shown.length === 0 && html`<p class="quiet">${t("coNoRows")}</p>`}
    ${shown.length > 0 && html`<table class="sheet pairs-table"><thead><tr><th scope="col">${t("rpRow")}</th><th scope="col">${t("coBefore")}</th><th scope="col">${t("coAfter")}</th></tr></thead>
      <tbody>${shown.map((row) => html`<tr key=${row.id} class="ch-${kind(row)}"><th scope="row"><code>${row.id}</code> ${kind(row) !== "SAME" && html`<span class="change-word">${t(`coKind.${kind(row)}`)}</span>`}</th><td class="was">${side(row.was, was)}</td><td class="now">${side(row.now, now)}</td></tr>`)}</tbody></table>`}</section>`;
}

/** A condition that came or went is a change of its row. */
const kindOf = ({ kind, part, column }) => (part === "rows" && column && kind !== "RENAMED" ? "CHANGED" : kind);

const Changes = ({ changes }) => html`<section class="card"><h2>${t("coChanges")} <small>${changes.length}</small></h2>${changes.length === 0 && html`<p class="quiet">${t("coNone")}</p>`}
  ${PARTS.filter((part) => changes.some((one) => one.part === part)).map((part) => html`<h3 key=${part} class="part">${t(`coPart.${part}`)}</h3><ul class="change-list">${changes.filter((one) => one.part === part).map((one, n) => html`<li key=${n} class="ch-${kindOf(one)}"><${Mark} name=${MARKS[kindOf(one)]} /><span class="change-word">${t(`coKind.${kindOf(one)}`)}</span><span>${say(one.sentence)}</span></li>`)}</ul>`)}</section>`;

/** The latest boxes are there at once; all recorded ones take a back-test. */
function Elsewhere({ before, after, told }) {
  const [over, setOver] = useState("LATEST");
  const [chosen, setChosen] = useState(null);
  const { jobs, reload } = useJobs("BACKTEST");
  const known = jobs?.find((job) => job.state === "DONE" && job.rulesetHash === after && job.parameters.against === before);
  const [started, setStarted] = useState(null);
  const { job, cancel } = useJob(started);
  const { run, isBusy, error } = useDoing();
  const start = () => run(async () => (setStarted((await call(`/v1/rulesets/${after}/backtest`, { body: { source: "VISITS", against: before } })).jobID), reload()));
  const done = job?.state === "DONE" ? job : known;
  const shown = told.cases.filter((one) => !chosen || (one.from === chosen.from && one.to === chosen.to));
  const flipped = told.cells.filter((cell) => cell.from !== cell.to).reduce((sum, cell) => sum + cell.count, 0);
  const choose = (cell) => setChosen(chosen?.from === cell.from && chosen.to === cell.to ? null : cell);
  return html`<section class="card flips-card"><div class="page-head"><h2>${t("lbElsewhere")}</h2><${Segments} label=${t("btOver")} value=${over} onChange=${setOver} options=${[["LATEST", t("coLatest", told.sampled)], ["ALL", t("coRecorded")]]} /></div>
    ${over === "LATEST" && told.sampled === 0 && html`<p class="quiet">${t("coNoBoxes")}</p>`}
    ${over === "LATEST" && told.sampled > 0 && html`<div class="flip-side"><${FlipMatrix} cells=${told.cells} chosen=${chosen} onChoose=${choose} fromWord=${t("coBefore")} toWord=${t("coAfter")} /><p class="quiet">${t("lbFlipped", asCount(flipped), asCount(told.sampled), percent(flipped / told.sampled))}</p></div>
      <div class="case-side"><h3 aria-live="polite">${chosen ? html`<${RouteChip} route=${chosen.from} /> → <${RouteChip} route=${chosen.to} />` : t("lbElsewhere")}</h3>
      ${shown.length === 0 && html`<p class="quiet">${t(chosen && chosen.from === chosen.to ? "lbSameWay" : "lbNoCases")}</p>`}
      ${shown.length > 0 && html`<div class="sheet-frame tall" tabindex="0" role="group" aria-label=${t("lbCases")}><table class="sheet"><thead><tr><th scope="col">${t("lbCase")}</th><th scope="col">${t("coBefore")}</th><th scope="col">${t("coAfter")}</th><th scope="col">${t("coCause")}</th><td></td></tr></thead>
        <tbody>${shown.map((one) => html`<tr key=${one.decisionID}><th scope="row" class="digits"><a href=${address("decisions", one.decisionID)}>${spaced(one.containerNumber)}</a></th><td><${RouteChip} route=${one.from} /></td><td><${RouteChip} route=${one.to} /></td><td>${say(one.cause.sentence)}</td>
          <td class="end-cell"><a class="b ghost" href=${tryBoth(before, after, one)}><span>${t("labTry")}</span></a></td></tr>`)}</tbody></table></div>`}</div>`}
    ${over === "ALL" && !done && html`<div class="wide-cell"><p>${t("coNeedsRun")}</p><${Problems} error=${error} />${job && !FINAL.has(job.state) ? html`<${Progress} job=${job} onCancel=${cancel} />` : html`${job && html`<${Progress} job=${job} />`}<p><${Button} kind="main" mark="play" word=${t("btRun")} disabled=${isBusy} onClick=${start} /></p>`}</div>`}
    ${over === "ALL" && done && html`<${Flips} hash=${after} source=${done.jobID} fromWord=${t("coBefore")} toWord=${t("coAfter")} /><p class="quiet wide-cell"><a href=${address("backtests", done.jobID)}>${t("stOpenReport")}</a> · ${code("labJob", done.state)}</p>`}</section>`;
}

const tryBoth = (before, after, one) => tryAddress(before, one).replace(address("try", before), address("try", before, after));
