/**
 * What the port says of the table as it stands: how many errors and warnings, all of them in a list, and the box that
 * shows one.
 *
 *   Summary({marks, checked, onOpen})   Findings({marks, index, onGo, onExample, onClose})   Example({finding, onTest, onClose})
 */
import { html, say, t } from "./shell.js";
import { problemsOf } from "./rules_api.js";
import { Button, Dialog } from "./rules_parts.js";
import { Mark } from "./rules_icons.js";

export function Summary({ marks, checked, onOpen }) {
  if (checked.error && !problemsOf(checked.error).length) return html`<span class="summary stop" role="status"><span><${Mark} name="error" />${checked.error.message}</span></span>`;
  if (!checked.answer && !checked.error) return html`<span class="summary quiet" role="status">${t("edChecking")}</span>`;
  return html`<span class="summary">
    ${marks.all.length > 0 && html`<button type="button" class="b ghost" onClick=${onOpen} title=${t("edFindings")}>${marks.errors > 0 && html`<span class="stop"><${Mark} name="error" />${t("edErrors", marks.errors)}</span>`}
      ${marks.warnings > 0 && html`<span class="look"><${Mark} name="warn" />${t("edWarnings", marks.warnings)}</span>`}
      ${marks.errors + marks.warnings === 0 && html`<span class="quiet"><${Mark} name="info" />${t("edNotes", marks.all.length)}</span>`}</button>`}
    <span role="status" aria-busy=${checked.isBusy}>${marks.all.length === 0 && html`<span class="go"><${Mark} name="check" />${t("edClean")}</span>`}
      <span class="quiet">${checked.isBusy ? t("edChecking") : t("edSampled", checked.answer?.sampled ?? 0)}</span></span></span>`;
}

const whereOf = (mark) => (mark.part === "rows" ? [mark.row, mark.place].filter(Boolean).join(" · ") : mark.place);

const One = ({ mark, onGo, onExample }) => html`<li class="finding ${mark.severity}"><${Mark} name=${{ ERROR: "error", WARNING: "warn", NOTE: "info" }[mark.severity]} />
  <p><button type="button" class="linkish" onClick=${() => onGo(mark)}>${whereOf(mark)}</button> ${say(mark.message)}
    ${mark.example && html` <button type="button" class="linkish quiet" onClick=${() => onExample(mark)}>${t("edShowExample")}</button>`}</p></li>`;

/** All, or those of one row: what is to be mended first, what is only good to know behind a fold. */
export function Findings({ marks, index = null, onGo, onExample, onClose }) {
  const found = marks.all.filter((mark) => index === null || (mark.part === "rows" && mark.index === index));
  const notes = found.filter((mark) => mark.severity === "NOTE");
  const list = (some) => html`<ul class="finding-list">${some.map((mark, n) => html`<${One} key=${n} mark=${mark} onGo=${onGo} onExample=${onExample} />`)}</ul>`;
  return html`<${Dialog} title=${t("edFindings")} onClose=${onClose} size="wide">${list(found.filter((mark) => mark.severity !== "NOTE"))}
    ${notes.length > 0 && html`<details open=${index !== null || notes.length === found.length}><summary>${t("edNotes", notes.length)}</summary>${list(notes)}</details>`}<//>`;
}

/** The box that shows it, as its facts. */
export function Example({ finding, catalogue, onTest, onClose }) {
  const words = (name) => say(catalogue.find((fact) => fact.name === name)) || name;
  return html`<${Dialog} title=${t("edExample")} onClose=${onClose}><p>${say(finding.message)}</p>
    <dl class="pairs">${Object.entries(finding.example).map(([name, value]) => html`<div key=${name}><dt>${words(name)}</dt><dd>${Array.isArray(value) ? value.join(", ") || "–" : typeof value === "boolean" ? t(value ? "edYes" : "edNo") : String(value)}</dd></div>`)}</dl>
    <div class="row"><${Button} word=${t("labClose")} onClick=${onClose} /><${Button} kind="main" mark="plus" word=${t("edExampleTest")} onClick=${() => onTest(finding)} /></div><//>`;
}
