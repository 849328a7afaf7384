/**
 * Picking HS codes: a tree whose chapters have names, whose deeper codes are those that were ever declared.
 *
 *   HsTree({values, onChange, typed})   `values` are prefixes of 2 to 10 digits; digits typed and Enter add one by hand
 *
 * Keys in the tree: ↑ ↓ from code to code, → opens, ← closes or goes up, Space ticks.
 */
import { useEffect, useRef, useState } from "./vendor/hooks.module.js";
import { html, say, t } from "./shell.js";
import { call } from "./rules_api.js";
import { Mark } from "./rules_icons.js";

const branches = new Map(); // What was once asked for: "" → the chapters.

async function fetched(under) {
  if (!branches.has(under)) branches.set(under, (await call(`/v1/hs?under=${under}`)).nodes);
  return branches.get(under);
}

/** The name of a code's chapter, once the chapters have been asked for. */
export const chapterName = (value) => say(branches.get("")?.find((node) => value.startsWith(node.code)));

export const isHs = (text) => /^\d{2,10}$/.test(text);

/** What is to be seen: each open branch with what lies under it, top to bottom. */
function visible(open, filter) {
  const walk = (under, level) => (branches.get(under) ?? []).flatMap((node) => [{ ...node, level, under }, ...(open.has(node.code) ? walk(node.code, level + 1) : [])]);
  const wanted = filter.trim().toLowerCase();
  if (!wanted || /^\d+$/.test(wanted)) return walk("", 1).filter((node) => !wanted || node.code.startsWith(wanted) || wanted.startsWith(node.code));
  const isLike = (node) => [node.zh, node.en].some((name) => (name ?? "").toLowerCase().includes(wanted));
  const kept = new Set((branches.get("") ?? []).filter(isLike).map((node) => node.code));
  return walk("", 1).filter((node) => [...kept].some((code) => node.code.startsWith(code)));
}

export function HsTree({ values, onChange, typed = "" }) {
  const [open, setOpen] = useState(new Set());
  const [at, setAt] = useState(0);
  const [text, setText] = useState(typed);
  const [error, setError] = useState(null);
  const [, redraw] = useState(0);
  const tree = useRef(null);
  const load = (under) => fetched(under).then(() => redraw((n) => n + 1), setError);
  useEffect(() => void load(""), []);
  // Digits typed open the way down to them.
  useEffect(() => {
    const way = [2, 4, 6, 8].map((length) => text.slice(0, length)).filter((code, n) => /^\d+$/.test(code) && code.length === 2 * (n + 1) && text.length >= code.length);
    if (way.length) way.reduce((before, code) => before.then(() => load(code)), load("")).then(() => setOpen(new Set([...open, ...way])));
  }, [text]);
  const nodes = visible(open, text);
  const covered = (code) => values.some((value) => code !== value && code.startsWith(value));
  const toggle = (code) => onChange(values.includes(code) ? values.filter((value) => value !== code) : [...values, code]);
  const unfold = async (node, isOpen) => {
    if (isOpen) await load(node.code);
    const next = new Set(open);
    if (isOpen) next.add(node.code);
    else next.delete(node.code);
    setOpen(next);
  };
  const move = (to) => {
    const next = Math.max(0, Math.min(nodes.length - 1, to));
    setAt(next);
    tree.current?.querySelectorAll("[role=treeitem]")[next]?.focus();
  };
  const press = (event) => {
    const node = nodes[at];
    const keys = {
      ArrowDown: () => move(at + 1),
      ArrowUp: () => move(at - 1),
      Home: () => move(0),
      End: () => move(nodes.length - 1),
      ArrowRight: () => (open.has(node.code) ? move(at + 1) : node.hasMore && unfold(node, true)),
      ArrowLeft: () => (open.has(node.code) ? unfold(node, false) : move(nodes.findIndex((one) => one.code === node.under))),
      " ": () => toggle(node.code),
    };
    if (!node || !keys[event.key]) return;
    event.preventDefault();
    keys[event.key]();
  };
  const typing = (event) => {
    if (event.key === "ArrowDown") {
      event.preventDefault();
      move(0);
    } else if (event.key === "Enter" && text.trim()) {
      event.preventDefault();
      const codes = text.split(/[^\d]+/).filter(isHs);
      if (codes.length) onChange([...new Set([...values, ...codes])]);
      if (codes.length) setText("");
    } else if (event.key === "Backspace" && !text && values.length) onChange(values.slice(0, -1));
  };
  return html`<div class="hs chips-field"><label>${t("edHsFind")}
      <input value=${text} inputmode="text" autocomplete="off" spellcheck=${false} placeholder=${t("edHsHint")} onInput=${(event) => (setText(event.target.value), setAt(0))} onKeyDown=${typing} /></label>
    <ul aria-label=${t("edChosen")}>${values.map((value) => html`<li key=${value} class="chip-value ${isHs(value) ? "" : "bad"}"><b>${value}</b> <span>${chapterName(value)}</span>
      <button type="button" aria-label=${t("edRemove", value)} onClick=${() => toggle(value)}><${Mark} name="cross" /></button></li>`)}</ul>
    ${error && html`<p class="refusal" role="alert">${error.message}</p>`}
    <ul role="tree" aria-label=${t("edHsTree")} aria-multiselectable="true" class="tree" ref=${tree} onKeyDown=${press}>
      ${nodes.map((node, n) => html`<li key=${node.code} role="treeitem" tabindex=${n === Math.min(at, nodes.length - 1) ? 0 : -1} aria-level=${node.level}
        aria-expanded=${node.hasMore ? open.has(node.code) : undefined} aria-selected=${values.includes(node.code)} data-level=${node.level}
        class=${covered(node.code) ? "covered" : ""} onFocus=${() => setAt(n)} onClick=${() => toggle(node.code)}>
        <i class="twist ${open.has(node.code) ? "open" : ""}" onClick=${(event) => (event.stopPropagation(), node.hasMore && unfold(node, !open.has(node.code)))}>${node.hasMore && html`<${Mark} name="right" />`}</i>
        <i class="tick">${(values.includes(node.code) || covered(node.code)) && html`<${Mark} name="check" />`}</i>
        <b>${node.code}</b> <span>${say(node) === node.code ? "" : say(node)}</span>${node.count > 0 && html`<em>${node.count.toLocaleString()}</em>`}</li>`)}
    </ul></div>`;
}
