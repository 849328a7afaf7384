/** Editors over the cells that are no facts: a row's name, its note, its route; and which facts the grid has columns for. */
import { useState } from "./vendor/hooks.module.js";
import { html, say, t } from "./shell.js";
import { ROUTES, RouteChip } from "./rules_parts.js";
import { Over } from "./rules_cells.js";
import { dropColumn, RESERVED } from "./rules_table.js";

const ID = /^[a-z0-9][a-z0-9_-]{0,63}$/;

export function IdEditor({ anchor, id, taken, onDone, onCancel }) {
  const [text, setText] = useState(id);
  const fault = !ID.test(text) ? t("edIdForm") : text !== id && taken.includes(text) ? t("edIdTaken") : RESERVED.includes(text) ? t("edIdReserved") : "";
  return html`<${Over} anchor=${anchor} label=${t("edColumn.id")} onDone=${() => (fault ? null : onDone(text))} onCancel=${onCancel}>
    <label>${t("edId")}<input value=${text} spellcheck=${false} aria-invalid=${fault ? "true" : undefined} aria-describedby="id-fault" onInput=${(event) => setText(event.target.value.toLowerCase().replace(/\s+/g, "-"))} /></label>
    <p id="id-fault" class="refusal" role="alert">${fault}</p><//>`;
}

export function NoteEditor({ anchor, note, onDone, onCancel }) {
  const [words, setWords] = useState(note);
  const field = (language) => html`<label>${t(`edNote.${language}`)}<textarea rows="2" lang=${language} value=${words[language]}
    onInput=${(event) => setWords({ ...words, [language]: event.target.value })}></textarea></label>`;
  return html`<${Over} anchor=${anchor} label=${t("edColumn.note")} onDone=${() => onDone(words)} onCancel=${onCancel} wide>
    ${field("zh")}${field("en")}<p class="quiet">${t("edNoteHint")}</p><//>`;
}

export function RouteEditor({ anchor, route, isDefault, onDone, onCancel }) {
  const [chosen, setChosen] = useState(route);
  return html`<${Over} anchor=${anchor} label=${t("edColumn.route")} onDone=${() => onDone(chosen)} onCancel=${onCancel}>
    <fieldset class="ticks"><legend>${t("edRouteLead")}</legend>${ROUTES.map((one) => html`<label key=${one} class=${one === chosen ? "on" : ""}>
      <input type="radio" name="route" checked=${one === chosen} disabled=${isDefault && one === "DIRECT_RELEASE"} onChange=${() => setChosen(one)} /><${RouteChip} route=${one} /> <span class="quiet">${t(`edRoute.${one}`)}</span></label>`)}</fieldset>
    ${isDefault && html`<p class="quiet">${t("edDefaultSafe")}</p>`}<//>`;
}

/** With `fact`: what the column means, and the way to drop it.  Without: which column to add. */
export function FactEditor({ anchor, catalogue, shown, fact, ruleset, onPick, onDone, onCancel }) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  if (fact) {
    const rows = ruleset.rows.filter((row) => row.when.some((condition) => condition.fact === fact.name)).length;
    return html`<${Over} anchor=${anchor} label=${say(fact)} onDone=${onCancel} onCancel=${onCancel}>
      <dl class="pairs"><div><dt>${t("edFactName")}</dt><dd><code>${fact.name}</code></dd></div>
        <div><dt>${t("edFactOther")}</dt><dd>${fact.zh} · ${fact.en}</dd></div>
        <div><dt>${t("edFactLevel")}</dt><dd>${t(`edLevel.${fact.level}`)}</dd></div>
        <div><dt>${t("edFactRows")}</dt><dd>${rows}</dd></div></dl>
      <button type="button" class="b danger" data-first onClick=${() => onDone(dropColumn(ruleset, fact.name))}>${t("edDropColumn", rows)}</button><//>`;
  }
  const taken = new Set(shown.map((one) => one.name));
  const wanted = text.trim().toLowerCase();
  const found = catalogue.filter((one) => [one.name, one.zh, one.en].some((name) => name.toLowerCase().includes(wanted)));
  const press = (event) => {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!move) return;
    event.preventDefault();
    const next = Math.max(0, Math.min(found.length - 1, at + move));
    setAt(next);
    document.getElementById(`fact-${found[next]?.name}`)?.scrollIntoView({ block: "nearest" });
  };
  return html`<${Over} anchor=${anchor} label=${t("edAddFact")} onDone=${() => (found[at] ? onPick(found[at].name) : onCancel())} onCancel=${onCancel} wide>
    <div class="chips-field"><label>${t("edFindFact")}<input role="combobox" aria-expanded="true" aria-controls="facts" aria-autocomplete="list" aria-activedescendant=${found[at] && `fact-${found[at].name}`}
      value=${text} spellcheck=${false} autocomplete="off" onInput=${(event) => (setText(event.target.value), setAt(0))} onKeyDown=${press} /></label>
    <ul id="facts" role="listbox" aria-label=${t("edFacts")} class="options">${found.map((one, n) => html`<li key=${one.name} id=${`fact-${one.name}`} role="option" aria-selected=${n === at}
      onMouseDown=${(event) => (event.preventDefault(), onPick(one.name))}><b>${say(one)}</b> ${one.unit && html`<small>${one.unit}</small>`} <span>${t(`edLevel.${one.level}`)} · ${one.name}${taken.has(one.name) ? ` · ${t("edIsColumn")}` : ""}</span></li>`)}</ul></div><//>`;
}
