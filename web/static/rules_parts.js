/**
 * Pieces every screen of the lab is made of.
 *
 *   RouteChip({route, isQuiet})     colour, icon and word of a route, always together; ROUTES, laxest first
 *   StateChip({version})            draft, approved, scheduled, active, retired; and the shadow beside it
 *   Hash({hash, link})              the first eight characters of a version's hash
 *   Sentence({of})                  a row as it reads, in the language of the page
 *   Person({by}), When({at}), Day({at})   who and when; Person says You of whom `iAm` named
 *   Button({mark, word, keys, …})   a button with icon and word; without `word` it needs `label`
 *   Dialog({title, onClose, …})     a modal: focus stays in it, Esc closes it, focus goes back where it was
 *   Segments({label, options, …})   one of a few, as joined radio buttons
 *   Wait({error, isBusy}), Problems({error}), Progress({job}), Empty({title, lead})
 */
import { useId, useLayoutEffect, useRef } from "./vendor/hooks.module.js";
import { Failure } from "./desk.js";
import { ago, code, html, moment, say, t } from "./shell.js";
import { FINAL, problemsOf } from "./rules_api.js";
import { Mark } from "./rules_icons.js";
import { inWords } from "./rules_mending.js";

export const ROUTES = ["DIRECT_RELEASE", "YARD", "SCAN", "INSPECTION", "HOLD"];
const ROUTE_MARKS = { DIRECT_RELEASE: "check", YARD: "list", SCAN: "shadow", INSPECTION: "error", HOLD: "lock" };

export const RouteChip = ({ route, isQuiet }) =>
  html`<span class="chip-route r-${route} ${isQuiet ? "is-quiet" : ""}"><${Mark} name=${ROUTE_MARKS[route] ?? "info"} />${code("labRoute", route)}</span>`;

export const StateChip = ({ version }) => html`<span class="chip-state s-${version.state}">${code("labState", version.state)}</span>
  ${version.isShadow && html`<span class="chip-state s-SHADOW">${t("labShadowing")}</span>`}`;

export const short = (hash) => (hash ?? "").slice(0, 8);

export const Hash = ({ hash, link }) =>
  link ? html`<a class="hash" href=${link} title=${hash}>${short(hash)}</a>` : html`<code class="hash" title=${hash}>${short(hash)}</code>`;

export const Sentence = ({ of }) => html`<span class="sentence">${say(of)}</span>`;

let me = null;

/** Whom the page speaks to: `iAm(session.person)`; what she did herself is shown as hers. */
export const iAm = (person) => (me = person ?? null);

export const personOf = (by) => (typeof by === "string" ? by : by?.person) || null;

/** A person is a line of keys: her organisation's name, and enough of the line to tell her from a colleague. */
export function Person({ by }) {
  const person = personOf(by);
  const name = typeof by === "object" ? by?.name : null;
  const whose = person === null ? t("labPort") : person === me ? t("labYou") : [name, person.slice(0, 4)].filter(Boolean).join(" · ");
  return html`<span class="person" title=${[name, person].filter(Boolean).join(" · ")}><${Mark} name="person" /><span>${whose}</span></span>`;
}

/** `21 Nov`; the hour is told on request. */
export const Day = ({ at }) => (at ? html`<time datetime=${at} title=${moment(at)}>${moment(at).replace(/[,\s]*\d\d:\d\d$/, "")}</time>` : null);

export const When = ({ at }) => (at ? html`<time datetime=${at} title=${ago(at)}>${moment(at)}</time>` : html`<span>–</span>`);

export function Button({ mark, word, label, keys, kind = "", children, ...rest }) {
  const named = label ?? word;
  return html`<button type="button" class="b ${kind}" aria-label=${word ? undefined : named} aria-keyshortcuts=${keys}
    title=${[named, keys?.replaceAll("Control", "Ctrl")].filter(Boolean).join("  ·  ")} ...${rest}>
    ${mark && html`<${Mark} name=${mark} />`}${word && html`<span>${word}</span>`}${children}</button>`;
}

export function Dialog({ title, onClose, children, size = "" }) {
  const frame = useRef(null);
  const name = useId();
  useLayoutEffect(() => {
    const before = document.activeElement;
    frame.current.showModal();
    ["[data-first]", "input, textarea, select", ".body button"].map((one) => frame.current.querySelector(one)).find(Boolean)?.focus();
    return () => before?.focus?.();
  }, []);
  return html`<dialog ref=${frame} class="modal ${size}" aria-labelledby=${name} onCancel=${(event) => (event.preventDefault(), onClose())}
    onKeyDown=${(event) => event.stopPropagation()}>
    <header><h2 id=${name}>${title}</h2><${Button} mark="cross" label=${t("labClose")} kind="ghost" onClick=${onClose} /></header>
    <div class="body">${children}</div>
  </dialog>`;
}

/** `options`: [[value, word]]; `word` may be anything that can be shown. */
export function Segments({ label, options, value, onChange, name }) {
  const own = useId();
  return html`<fieldset class="segments"><legend>${label}</legend>
    ${options.map(([one, word]) => html`<label key=${String(one)} class=${one === value ? "on" : ""}>
      <input type="radio" name=${name ?? own} checked=${one === value} onChange=${() => onChange(one)} />${word}</label>`)}
  </fieldset>`;
}

export const Wait = ({ error, isBusy }) =>
  error ? html`<${Failure} error=${error} />` : isBusy ? html`<p class="quiet" role="status">${t("loading")}</p>` : null;

/** A refusal, and every cell it complains of. */
export function Problems({ error }) {
  const found = problemsOf(error).map(inWords);
  return html`<div class="problems"><${Failure} error=${error} />
    ${found.length > 0 && html`<ul>${found.map((one, n) => html`<li key=${n}><code>${one.cell ?? [one.row, one.column].filter(Boolean).join(" · ")}</code> ${say(one.message)}</li>`)}</ul>`}</div>`;
}

/** How far a job is, and the way to stop it. */
export function Progress({ job, onCancel }) {
  if (!job) return null;
  const share = job.state === "DONE" ? 1 : (job.progress ?? 0);
  return html`<div class="progress">
    <progress max="1" value=${share} aria-label=${code("labJob", job.state)}></progress>
    <span role="status">${code("labJob", job.state)}${job.stage && !FINAL.has(job.state) ? ` · ${say(job.stage)}` : ""} ${Math.round(share * 100)} %</span>
    ${!FINAL.has(job.state) && onCancel && html`<${Button} mark="cross" word=${t("labCancel")} onClick=${onCancel} />`}
    ${job.error && html`<p class="refusal" role="alert">${say(job.error)}</p>`}
  </div>`;
}

export const Empty = ({ title, lead, children }) =>
  html`<section class="nothing-yet"><h2>${title}</h2>${lead && html`<p>${lead}</p>`}${children}</section>`;
