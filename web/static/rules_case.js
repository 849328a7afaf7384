/**
 * The case of a test: what is known of a box, its declarations and their goods, each fact in a field of its type.
 *
 *   CaseDialog({test, catalogue, onClose, onChange})   `onChange` gets the test anew
 *
 * What no field can show (several documents, odd values) is there as JSON, behind a fold, and counts the same.
 */
import { useState } from "./vendor/hooks.module.js";
import { html, say, spaced, t } from "./shell.js";
import { Button, Dialog } from "./rules_parts.js";
import { Words } from "./rules_named.js";
import { codeWord } from "./rules_values.js";

const without = (facts, name) => Object.fromEntries(Object.entries(facts).filter(([one]) => one !== name));

/** A value to begin with, readable as the fact. */
const beginning = (fact) => (fact.type === "FLAG" ? false : fact.type === "NUMBER" ? 0 : fact.type === "TEXTS" ? [] : (fact.codes?.[0] ?? ""));

function Value({ fact, value, label, onChange }) {
  const named = { "aria-label": label };
  if (fact?.type === "FLAG" && typeof value === "boolean")
    return html`<select ...${named} value=${String(value)} onChange=${(event) => onChange(event.target.value === "true")}><option value="true">${t("edYes")}</option><option value="false">${t("edNo")}</option></select>`;
  if (fact?.type === "NUMBER" && typeof value === "number") return html`<span class="unit-field"><input type="number" step="any" ...${named} value=${value} onInput=${(event) => onChange(Number(event.target.value))} />${fact.unit && html`<i>${fact.unit}</i>`}</span>`;
  if (fact?.type === "TEXTS" && Array.isArray(value)) return html`<input ...${named} value=${value.join(", ")} placeholder=${t("edNone")} onChange=${(event) => onChange(event.target.value.split(/[,，、\s]+/).filter(Boolean))} />`;
  if (typeof value === "string" && fact?.codes?.includes(value)) return html`<select ...${named} value=${value} onChange=${(event) => onChange(event.target.value)}>${fact.codes.map((one) => html`<option key=${one} value=${one}>${codeWord(one)}</option>`)}</select>`;
  if (typeof value === "string") return html`<input ...${named} value=${value} onInput=${(event) => onChange(event.target.value)} />`;
  return html`<code>${JSON.stringify(value)}</code>`;
}

function Facts({ title, level, facts, catalogue, onChange, children }) {
  const known = catalogue.filter((fact) => fact.level === level);
  const free = known.filter((fact) => !(fact.name in facts));
  const add = (event) => {
    const fact = known.find((one) => one.name === event.target.value);
    if (fact) onChange({ ...facts, [fact.name]: beginning(fact) });
    event.target.value = "";
  };
  return html`<section class="case-part l-${level}"><h3>${title}</h3><div class="case-facts">${Object.entries(facts).map(([name, value]) => {
    const fact = known.find((one) => one.name === name);
    const word = fact ? say(fact) : name;
    return html`<div key=${name}><span>${word}</span><${Value} fact=${fact} value=${value} label=${word} onChange=${(next) => onChange({ ...facts, [name]: next })} />
      <${Button} kind="ghost" mark="cross" label=${t("edRemove", word)} onClick=${() => onChange(without(facts, name))} /></div>`;
  })}</div>
    <footer><select aria-label=${t("edAddFactTo", title)} onChange=${add}><option value="">${t("edAddFactTo", title)}</option>${free.map((fact) => html`<option key=${fact.name} value=${fact.name}>${say(fact)}</option>`)}</select>${children}</footer></section>`;
}

/** A declaration's status and place of inspection are facts as well as what it stands by. */
const standingWith = (standing, facts) => ({ ...standing, facts, status: facts.customs_status ?? standing.status, inspectAt: facts.inspect_at ?? standing.inspectAt });

/** A case may leave out what is not known. */
const whole = (box) => ({ ...box, container: box.container ?? {}, standings: (box.standings ?? []).map((standing) => ({ ...standing, facts: standing.facts ?? {}, lines: standing.lines ?? [{}] })) });

export function CaseDialog({ test, catalogue, onClose, onChange }) {
  const [title, setTitle] = useState(test.title);
  const [box, setBox] = useState(() => whole(test.case));
  const [text, setText] = useState(null); // Typed as JSON: then that counts.
  const [fault, setFault] = useState("");
  const done = () => {
    try {
      onChange({ ...test, title, case: text === null ? box : JSON.parse(text) });
    } catch (error) {
      setFault(t("edNotJson", error.message));
    }
  };
  const set = (n, standing) => setBox({ ...box, standings: box.standings.map((old, m) => (m === n ? standing : old)) });
  const part = { catalogue };
  return html`<${Dialog} title=${say(title)} onClose=${onClose} size="wide"><${Words} words=${title} lead="edTitle" onChange=${setTitle} />
    ${text === null && html`<${Facts} ...${part} title=${t("edLevel.CONTAINER")} level="CONTAINER" facts=${box.container} onChange=${(container) => setBox({ ...box, container })} />
      ${box.standings.map((standing, n) => html`<div key=${n} class="stack"><${Facts} ...${part} title=${[t("edLevel.DECLARATION"), standing.declaration].filter(Boolean).join(" ")} level="DECLARATION" facts=${standing.facts} onChange=${(facts) => set(n, standingWith(standing, facts))} />
        ${standing.lines.map((line, m) => html`<${Facts} key=${m} ...${part} title=${`${t("edLevel.LINE")} ${m + 1}`} level="LINE" facts=${line} onChange=${(next) => set(n, { ...standing, lines: standing.lines.map((old, k) => (k === m ? next : old)) })}>
          ${standing.lines.length > 1 && html`<${Button} kind="ghost danger" mark="bin" word=${t("edRemoveLine")} onClick=${() => set(n, { ...standing, lines: standing.lines.filter((_, k) => k !== m) })} />`}<//>`)}
        <${Button} kind="ghost" mark="plus" word=${t("edAddLine")} onClick=${() => set(n, { ...standing, lines: [...standing.lines, { ...standing.lines.at(-1) }] })} /></div>`)}`}
    <details onToggle=${(event) => setText(event.target.open ? (text ?? JSON.stringify(box, null, 2)) : (text && readable(text) ? (setBox(whole(JSON.parse(text))), null) : text))}><summary>JSON</summary>
      ${text !== null && html`<textarea class="json" rows="18" spellcheck=${false} aria-label=${t("edCase", spaced(box.containerNumber ?? ""))} value=${text} aria-invalid=${fault ? "true" : undefined} onInput=${(event) => setText(event.target.value)}></textarea>`}</details>
    <p class="refusal" role="alert">${fault}</p>
    <div class="row"><${Button} word=${t("labCancel")} onClick=${onClose} /><${Button} kind="main" word=${t("edDone")} onClick=${done} /></div><//>`;
}

function readable(text) {
  try {
    return typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}
