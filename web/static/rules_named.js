/** Named lists: values kept once and named in rows. `NamedLists({ruleset, change, marks})`. */
import { useState } from "./vendor/hooks.module.js";
import { html, say, t } from "./shell.js";
import { Button, Empty } from "./rules_parts.js";
import { Mark } from "./rules_icons.js";
import { HsTree } from "./rules_hs.js";
import { Chips, Countries } from "./rules_values.js";
import { renameList, setItem, usesOf } from "./rules_table.js";

const KINDS = ["", "HS_PREFIX", "COUNTRY", "PARTY"];

/** What a list without a kind most likely holds, so that the right picker opens. */
const guess = ({ kind, values }) =>
  kind ?? (values.length && values.every((value) => /^\d{2,10}$/.test(value)) ? "HS_PREFIX" : values.length && values.every((value) => /^[A-Z]{2}$/.test(value)) ? "COUNTRY" : "");

export function Words({ words, onChange, lead }) {
  return html`<div class="two">${["zh", "en"].map((language) => html`<label key=${language}>${t(`${lead}.${language}`)}
    <input lang=${language} value=${words[language]} onInput=${(event) => onChange({ ...words, [language]: event.target.value })} /></label>`)}</div>`;
}

export function NamedLists({ ruleset, change, marks }) {
  const [at, setAt] = useState(0);
  const { lists } = ruleset;
  const list = lists[Math.min(at, lists.length - 1)];
  const index = lists.indexOf(list);
  const found = marks.ofPart("lists");
  const add = () => {
    const taken = new Set(lists.map((one) => one.name));
    let n = 1;
    while (taken.has(`list_${n}`)) n += 1;
    change({ ruleset: { ...ruleset, lists: [...lists, { name: `list_${n}`, title: { zh: "新名单", en: "New list" }, values: [] }] } });
    setAt(lists.length);
  };
  return html`<div class="master">
    <div class="master-list"><${Button} mark="plus" word=${t("edAddList")} onClick=${add} />
      <ul>${lists.map((one, n) => html`<li key=${n}><button type="button" aria-current=${n === index ? "true" : undefined} onClick=${() => setAt(n)}>
        <b>${say(one.title)}</b><span>${one.name} · ${t("edCount", one.values.length)}</span>
        ${found.some((mark) => mark.column === one.name) && html`<${Mark} name="error" />`}</button></li>`)}</ul></div>
    ${list ? html`<${OneList} key=${index} list=${list} ruleset=${ruleset} problems=${found.filter((mark) => mark.column === list.name)}
      onChange=${(next, tag) => change({ ruleset: setItem(ruleset, "lists", index, next) }, tag && `${tag} ${index}`)}
      onName=${(name) => change({ ruleset: renameList(ruleset, list.name, name) }, `list-name ${index}`)} />`
      : html`<${Empty} title=${t("edNoLists")} lead=${t("edNoListsLead")} />`}
  </div>`;
}

function OneList({ list, ruleset, problems, onChange, onName }) {
  const uses = usesOf(ruleset, list.name);
  const kind = guess(list);
  const set = (values) => onChange({ ...list, values });
  const asKind = (next) => {
    const { kind: _, ...rest } = list;
    onChange(next ? { ...rest, kind: next } : rest);
  };
  return html`<section class="card master-one">
    ${problems.map((one, n) => html`<p key=${n} class="finding ${one.severity}"><${Mark} name=${one.severity === "ERROR" ? "error" : "warn"} />${say(one.message)}</p>`)}
    <${Words} words=${list.title} lead="edTitle" onChange=${(title) => onChange({ ...list, title }, "list-title")} />
    <div class="two"><label>${t("edListName")}<input value=${list.name} spellcheck=${false} onInput=${(event) => onName(event.target.value.toLowerCase().replace(/[^a-z0-9_]/g, "_"))} /></label>
      <label>${t("edListKind")}<select value=${list.kind ?? ""} onChange=${(event) => asKind(event.target.value)}>${KINDS.map((one) => html`<option key=${one} value=${one}>${t(`edKind.${one || "ANY"}`)}</option>`)}</select></label></div>
    ${kind === "HS_PREFIX" ? html`<${HsTree} values=${list.values} onChange=${set} />`
      : kind === "COUNTRY" ? html`<${Countries} label=${t("edCountries")} values=${list.values} onChange=${set} />`
        : html`<${Chips} label=${t("edValues")} values=${list.values} onChange=${set} />`}
    <footer class="row"><span class="quiet">${uses.length ? t("edUsedBy", uses.join(", ")) : t("edUsedByNone")}</span>
      <${Button} kind="danger" mark="bin" word=${t("edDeleteList")} disabled=${uses.length > 0} onClick=${() => onChange(null)} /></footer>
  </section>`;
}
