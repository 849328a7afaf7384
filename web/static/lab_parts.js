/**
 * What the lab's screens share besides rules_parts.js: choosing versions, cases behind a number, estimates.
 *
 *   useVersions()                                → {all, ofHash(hash), active, answer, error, isBusy, reload}; newest first
 *   VersionSelect({label, value, onChange, versions, without})     one version; `without` is the word for none
 *   VersionName({hash, versions})                its family, hash and state, leading to the editor
 *   Head({title, lead, children})                the heading of a view, what may be done at the right
 *   Estimate({of})                               12.4 % (9.8 – 15.6 %), or that it is not known
 *   Flips({hash, source, fromWord, toWord, turn})   who goes where, and the cases behind each cell
 *   Cases({cases, hash, next, onMore, none})     those cases, each leading to its decision and to "try a box"
 *   Figures({of: [[word, value, told]]})         a few numbers side by side
 *   Said(words), Complaint({error})              something wrong that this page noticed itself, beside what the port refuses
 *   asDay(at), asCount(n), asHours(n), asScore(risk)
 */
import { useEffect, useState } from "./vendor/hooks.module.js";
import { Failure } from "./desk.js";
import { code, currentLanguage, html, learn, say, spaced, t } from "./shell.js";
import { call, useAnswer } from "./rules_api.js";
import { FlipMatrix, percent } from "./rules_chart.js";
import { Button, Hash, Problems, RouteChip, short, StateChip } from "./rules_parts.js";
import { address } from "./rules_place.js";

await Promise.all([
  learn({ zh: () => import("./words/editor_zh.js"), en: () => import("./words/editor_en.js") }),
  learn({ zh: () => import("./words/lab_zh.js"), en: () => import("./words/lab_en.js") }),
]);

const PAGE = 50;

export function useVersions() {
  const { answer, ...rest } = useAnswer("/v1/rulesets");
  const all = (answer?.families ?? []).flatMap((family) => family.versions);
  return { ...rest, answer, all, active: answer?.active?.hash ?? null, ofHash: (hash) => all.find((one) => hash && one.hash.startsWith(hash)) };
}

const told = (version) => [version.name, short(version.hash), code("labState", version.state), version.isShadow ? t("labShadowing") : ""].filter(Boolean).join(" · ");

export const VersionSelect = ({ label, value, onChange, versions, without }) => html`<label class="version-select"><span>${label}</span>
  <select value=${value ?? ""} onChange=${(event) => onChange(event.target.value || null)}>
    ${without && html`<option value="">${without}</option>`}
    ${versions.map((version) => html`<option key=${version.hash} value=${version.hash}>${told(version)}</option>`)}</select></label>`;

export function VersionName({ hash, versions }) {
  const version = versions.ofHash(hash);
  if (!version) return html`<${Hash} hash=${hash} />`;
  return html`<span class="version-name"><b>${version.name}</b> <${Hash} hash=${version.hash} link=${address("edit", version.hash)} /> <${StateChip} version=${version} /></span>`;
}

export const Head = ({ title, lead, children }) => html`<div class="page-head"><div><h1>${title}</h1>${lead && html`<p class="quiet">${lead}</p>`}</div><div class="actions">${children}</div></div>`;

const locale = () => (currentLanguage() === "zh" ? "zh-CN" : "en-GB");

export const asDay = (at) => new Intl.DateTimeFormat(locale(), { timeZone: "Asia/Shanghai", year: "numeric", month: "short", day: "numeric" }).format(new Date(at));

export const asCount = (n) => (n === null || n === undefined ? "–" : new Intl.NumberFormat("en", { maximumFractionDigits: 1 }).format(n));

export const asScore = (risk) => (risk === null || risk === undefined ? "–" : Number(risk.toPrecision(4)).toString());

/** What this page itself finds wrong, in the officer's words. */
export class Said extends Error {}

export const Complaint = ({ error }) => (error instanceof Said ? html`<p class="refusal" role="alert">${error.message}</p>` : html`<${Problems} error=${error} />`);

/** A length of time as one reads it: minutes below an hour, else hours. */
export const asHours = (hours) => (hours === null || hours === undefined ? "–" : hours < 1 ? `${Math.round(hours * 60)} min` : `${hours.toFixed(1)} h`);

export const Estimate = ({ of }) =>
  of ? html`<span class="estimate"><b>${percent(of.value)}</b> <small>${percent(of.low)} – ${percent(of.high)}</small></span>` : html`<span class="unknown">${t("lbUnknown")}</span>`;

export const Figures = ({ of }) => html`<dl class="figures">${of.map(([word, value, more]) => html`<div key=${word}><dt>${word}</dt><dd>${value}</dd>${more && html`<dd class="more">${more}</dd>`}</div>`)}</dl>`;

/** The cases behind one cell, page by page; those that went elsewhere when none is chosen. */
function useFlips(hash, source, chosen, turn) {
  const [state, setState] = useState({ answer: null, cases: [], error: null });
  const query = new URLSearchParams({ source, limit: PAGE, ...(chosen ?? {}) });
  const path = `/v1/rulesets/${encodeURIComponent(hash)}/flips?${query}`;
  useEffect(() => {
    const stale = new AbortController();
    call(path, { signal: stale.signal }).then(
      (answer) => setState({ answer, cases: answer.cases, error: null }),
      (error) => error.name === "AbortError" || setState((old) => ({ ...old, error })),
    );
    return () => stale.abort();
  }, [path, turn]);
  const more = async () => {
    const answer = await call(`${path}&before=${encodeURIComponent(state.answer.next)}`);
    setState((old) => ({ answer: { ...answer, cells: old.answer.cells }, cases: [...old.cases, ...answer.cases], error: null }));
  };
  return { ...state, more };
}

export function Flips({ hash, source, fromWord, toWord, turn = 0 }) {
  const [chosen, setChosen] = useState(null);
  const { answer, cases, error, more } = useFlips(hash, source, chosen, turn);
  const choose = (cell) => setChosen(chosen?.from === cell.from && chosen.to === cell.to ? null : cell);
  if (!answer) return html`<${Failure} error=${error} />`;
  const count = (is) => answer.cells.filter(is).reduce((sum, cell) => sum + cell.count, 0);
  const [all, agreed] = [count(() => true), count((cell) => cell.from === cell.to)];
  return html`<div class="flip-side"><${FlipMatrix} cells=${answer.cells} chosen=${chosen} onChoose=${choose} fromWord=${fromWord} toWord=${toWord} />
      <p class="quiet">${t("lbFlipped", asCount(all - agreed), asCount(all), all ? percent((all - agreed) / all) : "–")}</p></div>
    <div class="case-side"><h3 aria-live="polite">${chosen ? html`<${RouteChip} route=${chosen.from} /> → <${RouteChip} route=${chosen.to} />` : t("lbElsewhere")}</h3>
      <${Failure} error=${error} /><${Cases} cases=${cases} hash=${hash} next=${answer.next} onMore=${more} none=${t(chosen && chosen.from === chosen.to ? "lbSameWay" : "lbNoCases")} /></div>`;
}

/** How the case is called where it was a box or where it was a declaration in a file. */
export const tryAddress = (hash, one) => `${address("try", hash)}?${new URLSearchParams(one.decisionID ? { decision: one.decisionID } : { box: one.containerNumber })}`;

export const Cases = ({ cases, hash, next, onMore, none }) => html`${cases.length === 0 && html`<p class="quiet">${none ?? t("lbNoCases")}</p>`}
  ${cases.length > 0 && html`<div class="sheet-frame tall" tabindex="0" role="group" aria-label=${t("lbCases")}><table class="sheet"><thead><tr><th scope="col">${t("lbCase")}</th><th scope="col">${t("lbFrom")}</th><th scope="col">${t("lbTo")}</th><th scope="col">${t("lbByRow")}</th><td></td></tr></thead>
    <tbody>${cases.map((one, n) => html`<tr key=${n}><th scope="row" class="digits">${one.decisionID ? html`<a href=${address("decisions", one.decisionID)}>${spaced(one.containerNumber ?? "")}</a>` : spaced(one.containerNumber ?? "")}</th>
      <td><${RouteChip} route=${one.from} /></td><td>${one.error ? html`<span class="stop">${say(one.error)}</span>` : html`<${RouteChip} route=${one.to} />`}</td><td><code>${one.row ?? ""}</code>${one.reason && html` <span class="quiet">${code("reason", one.reason)}</span>`}</td>
      <td class="end-cell">${one.decisionID && html`<a class="b ghost" href=${tryAddress(hash, one)}><span>${t("labTry")}</span></a>`}</td></tr>`)}</tbody></table></div>`}
  ${next && html`<p><${Button} word=${t("more")} onClick=${onMore} /></p>`}`;
