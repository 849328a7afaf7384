/**
 * One cell of the grid: how it looks, and the editor that opens over it.
 *
 *   CellText({fact, conditions, lists})
 *   CellEditor({fact, conditions, ruleset, anchor, typed, onDone, onCancel})    `onDone` gets the cell's new conditions
 *   Over({anchor, label, onDone, onCancel})                                     the frame of any editor over a cell
 *
 * Enter is done, Esc leaves the cell as it was, a click outside is done.  The frame is a modal <dialog>: the browser
 * keeps the focus in it and lays it over everything.
 */
import { useLayoutEffect, useRef, useState } from "./vendor/hooks.module.js";
import { html, say, t } from "./shell.js";
import { Button, Segments } from "./rules_parts.js";
import { HsTree, isHs } from "./rules_hs.js";
import { codeWord, Chips, Codes, Countries, countryName, Numbers } from "./rules_values.js";
import { kindOf, listsFor, ofCodes, operatorsOf, valuesOf } from "./rules_table.js";

const SHOWN = 3;
const number = (value) => (typeof value === "number" ? value.toLocaleString("en", { maximumFractionDigits: 10 }) : String(value ?? "…"));

function inWords({ operator, value }) {
  if (operator === "between") return `${number(value?.[0])} – ${number(value?.[1])}`;
  return `${{ less: "<", at_least: "≥", equals: "=" }[operator]} ${number(value)}`;
}

function Values({ fact, condition, lists }) {
  if (condition.list !== undefined) {
    const list = lists.find((one) => one.name === condition.list);
    return html`<span class="v list ${list ? "" : "bad"}" title=${list?.values.join(", ")}>${list ? say(list.title) : condition.list}</span>`;
  }
  const values = valuesOf(condition);
  const word = (value) => (fact.codes?.length ? codeWord(value) : condition.operator === "prefix" ? `${value}…` : value);
  const title = kindOf(fact) === "COUNTRY" ? values.map((value) => countryName(value)).join(", ") : values.join(", ");
  return html`<span title=${title}>${values.slice(0, SHOWN).map((value) => html`<span class="v" key=${value}>${word(value)}</span>`)}${values.length > SHOWN && html`<span class="v more">+${values.length - SHOWN}</span>`}</span>`;
}

export const CellText = ({ fact, conditions, lists }) =>
  conditions.map((condition, n) => html`${n > 0 && html`<span class="and">${t("edAnd")}</span>`}${
    fact.type === "FLAG" ? html`<span class="v flag ${condition.value ? "yes" : "no"}">${t(condition.value ? "edYes" : "edNo")}</span>`
      : fact.type === "NUMBER" ? html`<span class="v num">${inWords(condition)}</span>`
        : html`<${Values} fact=${fact} condition=${condition} lists=${lists} />`}`);

export function Over({ anchor, label, onDone, onCancel, onClear, children, wide }) {
  const frame = useRef(null);
  useLayoutEffect(() => {
    const dialog = frame.current;
    dialog.showModal();
    const wanted = ["[data-first]", ".chips-field input, .bound input[type='number']", "input:checked", "input, select, textarea"];
    wanted.map((one) => dialog.querySelector(one)).find(Boolean)?.focus();
    dialog.querySelector("input[type=text], input:not([type])")?.setSelectionRange?.(99, 99);
    return () => dialog.close();
  }, []);
  // Where it fits: under the cell, else above it, always on the screen.
  useLayoutEffect(() => {
    const dialog = frame.current;
    const place = () => {
      const [cell, box] = [anchor.getBoundingClientRect(), dialog.getBoundingClientRect()];
      const isBelow = cell.bottom + box.height + 8 < innerHeight || cell.top < innerHeight / 2;
      dialog.style.left = `${Math.max(8, Math.min(cell.left - 1, innerWidth - box.width - 8))}px`;
      dialog.style.top = `${isBelow ? Math.min(cell.bottom + 2, innerHeight - box.height - 8) : Math.max(8, cell.top - box.height - 2)}px`;
    };
    const watch = new ResizeObserver(place);
    watch.observe(dialog);
    return () => watch.disconnect();
  }, []);
  const outside = (event) => event.target === frame.current && onDone();
  const stop = (event) => {
    event.stopPropagation();
    const isPlain = event.key === "Enter" && !event.defaultPrevented && !event.isComposing;
    if (isPlain && (event.ctrlKey || !["TEXTAREA", "BUTTON"].includes(event.target.tagName))) {
      event.preventDefault();
      onDone();
    } else if (event.ctrlKey && event.key === "s") event.preventDefault();
  };
  return html`<dialog class="over ${wide ? "wide" : ""}" ref=${frame} aria-label=${label} onMouseDown=${outside} onKeyDown=${stop}
      onCancel=${(event) => (event.preventDefault(), onCancel())}>
    <div class="over-in"><h2>${label}</h2>${children}
      <footer>${onClear && html`<${Button} kind="ghost" word=${t("edNotAsked")} onClick=${onClear} />`}<span class="grow"></span>
        <${Button} word=${t("labCancel")} keys="Esc" onClick=${onCancel} /><${Button} kind="main" word=${t("edDone")} keys="Enter" onClick=${onDone} /></footer></div>
  </dialog>`;
}

const first = (fact) => {
  if (fact.type === "NUMBER") return { operator: "at_least", value: null };
  return { operator: kindOf(fact) === "COUNTRY" ? "in" : operatorsOf(fact)[0], value: [] };
};

/** One condition on a text: values of this row, or a list that is kept once. */
function TextCondition({ fact, condition, ruleset, typed, onChange }) {
  const lists = listsFor(ruleset, fact);
  const source = condition.list === undefined ? "" : condition.list;
  const values = valuesOf(condition);
  const kind = kindOf(fact);
  const pick = (name) => onChange(name ? { operator: condition.operator === "equals" ? "in" : condition.operator, list: name } : { operator: condition.operator, value: [] });
  const set = (next) => onChange({ operator: condition.operator === "equals" && next.length !== 1 ? "in" : condition.operator, value: condition.operator === "equals" && next.length === 1 ? next[0] : next });
  const operators = operatorsOf(fact).filter((one) => one !== "equals" || condition.operator === "equals");
  const ask = (operator) => onChange(condition.list === undefined ? { operator, value: operator === "equals" ? (values[0] ?? "") : values } : { operator, list: condition.list });
  return html`<div class="two">
      ${operators.length > 1 && html`<label>${t("edOperator")}<select value=${condition.operator} onChange=${(event) => ask(event.target.value)}>
        ${operators.map((one) => html`<option key=${one} value=${one}>${t(`edOp.${one}`)}</option>`)}</select></label>`}
      ${(lists.length > 0 || source) && html`<label>${t("edSource")}<select value=${source} onChange=${(event) => pick(event.target.value)}>
        <option value="">${t("edOwnValues")}</option>${lists.map((list) => html`<option key=${list.name} value=${list.name}>${t("edListNamed", say(list.title), list.values.length)}</option>`)}</select></label>`}
    </div>
    ${source ? html`<p class="preview">${(ruleset.lists.find((list) => list.name === source)?.values ?? []).slice(0, 40).join("  ")}</p>`
      : kind === "HS_PREFIX" ? html`<${HsTree} values=${values} onChange=${set} typed=${typed} />`
        : kind === "COUNTRY" ? html`<${Countries} label=${t("edCountries")} values=${values} onChange=${set} typed=${typed} />`
          : html`<${Chips} label=${t("edValues")} values=${values} onChange=${set} typed=${typed} />`}`;
}

function NumberCondition({ fact, condition, onChange }) {
  const ask = (operator) => {
    const { value } = condition;
    const isTwo = operator === "between";
    onChange({ operator, value: isTwo ? (Array.isArray(value) ? value : [value, null]) : Array.isArray(value) ? value[0] : value });
  };
  return html`<${Segments} label=${t("edOperator")} value=${condition.operator} onChange=${ask}
      options=${operatorsOf(fact).map((one) => [one, t(`edOp.${one}`)])} />
    <${Numbers} fact=${fact} operator=${condition.operator} value=${condition.value} onChange=${(value) => onChange({ operator: condition.operator, value })} />`;
}

/** A cell whose condition says nothing asks nothing. */
const saysSomething = (condition) =>
  condition.list !== undefined || (Array.isArray(condition.value) ? condition.value.some((one) => one !== null && one !== "") : condition.value !== null && condition.value !== "" && condition.value !== undefined);

export function CellEditor({ fact, conditions, ruleset, anchor, typed = "", onDone, onCancel }) {
  const begun = conditions.length || fact.codes?.length || fact.type === "FLAG" ? conditions : [first(fact)];
  const [now, setNow] = useState(fact.type === "NUMBER" && /^[\d.-]$/.test(typed) ? [{ ...begun[0], value: Number(typed) || null }] : begun);
  const [turn, setTurn] = useState(0); // A field left empty and anew.
  const latest = useRef(now);
  const setAll = (conditions) => setNow((latest.current = conditions));
  const set = (n) => (condition) => setAll(latest.current.map((old, m) => (m === n ? condition : old)));
  // A text half typed becomes a chip when its field is left, and must not be lost.
  const done = () => {
    document.activeElement?.blur?.();
    onDone(latest.current.filter(saysSomething));
  };
  const frame = { anchor, label: `${say(fact)}${fact.unit ? ` (${fact.unit})` : ""}`, onDone: done, onCancel, onClear: () => onDone([]) };
  if (fact.type === "FLAG")
    return html`<${Over} ...${frame} onClear=${null}><${Segments} label=${say(fact)} value=${now[0] ? now[0].value : null}
      onChange=${(value) => setAll(value === null ? [] : [{ operator: "equals", value }])} options=${[[true, t("edYes")], [false, t("edNo")], [null, t("edNotAsked")]]} /><//>`;
  if (fact.codes?.length)
    return html`<${Over} ...${frame}><${Codes} label=${say(fact)} codes=${fact.codes} values=${now.flatMap(valuesOf)} onChange=${(codes) => setAll(ofCodes(codes))} /><//>`;
  const One = fact.type === "NUMBER" ? NumberCondition : TextCondition;
  const isWide = kindOf(fact) === "HS_PREFIX";
  return html`<${Over} ...${frame} wide=${isWide}>
    ${now.map((condition, n) => html`<section key=${`${n} ${turn}`} class="one">${n > 0 && html`<p class="and">${t("edAnd")}</p>`}
      <${One} fact=${fact} condition=${condition} ruleset=${ruleset} onChange=${set(n)} typed=${n === 0 && isHsStart(fact, typed) ? typed : ""} />
      ${now.length > 1 && html`<${Button} kind="ghost" mark="bin" word=${t("edRemoveCondition")} onClick=${() => (setAll(now.filter((_, m) => m !== n)), setTurn(turn + 1))} />`}</section>`)}
    <${Button} kind="ghost" mark="plus" word=${t("edAnotherCondition")} onClick=${() => setAll([...now, first(fact)])} /><//>`;
}

const isHsStart = (fact, typed) => Boolean(typed) && (kindOf(fact) !== "HS_PREFIX" || isHs(`${typed}0`) || !/\d/.test(typed));
