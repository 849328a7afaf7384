/**
 * The table as a grid: one row per rule, one column per fact that is asked, and what each row comes to.
 *
 *   Grid({ruleset, catalogue, told, marks, change, added, onAdded, onExample, onNotes, areSentencesShown})
 *
 * Keyboard (the grid pattern): arrows, Home, End, Page Up and Down walk; Enter, F2 or typing edits; Delete clears; Alt+↑↓
 * moves the row; Insert adds one below, Ctrl+D doubles it, Shift+Delete takes it out; Ctrl+C and Ctrl+V carry a cell to
 * another row.  `marks` (rules_marks.js) tells what is wrong with a cell.
 */
import { useLayoutEffect, useMemo, useRef, useState } from "./vendor/hooks.module.js";
import { currentLanguage, html, say, t } from "./shell.js";
import { Mark } from "./rules_icons.js";
import { CellEditor } from "./rules_cells.js";
import { Default, Rule } from "./rules_rows.js";
import { FactEditor, IdEditor, NoteEditor, RouteEditor } from "./rules_row_editors.js";
import * as table from "./rules_table.js";

const HEAD = -1;
const PAGE = 10;

/** The columns from left to right: what the row is called, its facts, its note, where it leads, how often it speaks. */
export const layout = (facts) => [{ kind: "id" }, ...facts.map((fact) => ({ kind: "fact", fact })), { kind: "note" }, { kind: "route" }, { kind: "hits" }];

export function Grid({ ruleset, catalogue, told, marks, change, added, onAdded, onExample, onNotes, areSentencesShown }) {
  const facts = table.columnsOf(ruleset, catalogue, added);
  const columns = useMemo(() => layout(facts), [facts.map((fact) => fact.name).join(), catalogue]);
  const last = ruleset.rows.length; // The default row stands below the last.
  const [place, setPlace] = useState({ row: 0, column: 0 });
  const [editing, setEditing] = useState(null);
  const [over, setOver] = useState(null); // The row that another is dragged over.
  const frame = useRef(null);
  const clip = useRef(null);
  const focusNext = useRef(false);
  const isWithin = useRef(false);
  const at = { row: Math.max(HEAD, Math.min(place.row, last)), column: Math.max(0, Math.min(place.column, columns.length - 1)) };
  const index = at.row === last ? table.DEFAULT : at.row;

  const cellAt = ({ row, column }) => frame.current?.querySelector(`[data-at="${row} ${row === last && columns[column].kind === "fact" ? 1 : column}"]`);
  // At once, not after the next frame: who types fast must not type past the cell.
  useLayoutEffect(() => {
    // A cell that held the focus may have gone with its row.
    const isLost = isWithin.current && document.activeElement === document.body;
    if (!(focusNext.current || isLost) || editing) return;
    focusNext.current = false;
    const cell = cellAt(at);
    cell?.focus({ preventScroll: true });
    cell?.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
  const walk = (row, column = at.column) => {
    focusNext.current = true;
    setPlace({ row: Math.max(HEAD, Math.min(row, last)), column: Math.max(0, Math.min(column, columns.length - 1)) });
  };
  const act = (next, row = at.row, tag = null) => {
    focusNext.current = true;
    change({ ruleset: next }, tag);
    setPlace({ ...at, row });
  };
  const edit = (where = at, typed = "") => {
    const { kind } = columns[where.column];
    if (kind === "hits" || (where.row === last && (kind === "id" || kind === "fact"))) return;
    if (where.row === HEAD && kind !== "fact") return;
    setPlace(where);
    setEditing({ ...where, typed });
  };
  const close = () => {
    focusNext.current = true;
    setEditing(null);
  };
  const finish = (next) => {
    if (next && next !== ruleset) change({ ruleset: next });
    close();
  };
  const clear = () => {
    const { kind, fact } = columns[at.column];
    if (kind === "fact" && index !== table.DEFAULT && at.row !== HEAD) act(table.setCell(ruleset, index, fact.name, []));
    else if (kind === "fact" && at.row === HEAD) act(table.dropColumn(ruleset, fact.name), HEAD);
  };
  const paste = () => {
    const { kind, fact } = columns[at.column];
    if (clip.current && kind === "fact" && index >= 0 && clip.current.fact === fact.name) act(table.setCell(ruleset, index, fact.name, clip.current.conditions));
  };

  const press = (event) => {
    const { key, altKey, shiftKey } = event;
    const isCommand = event.ctrlKey || event.metaKey;
    const isRow = at.row >= 0 && at.row < last;
    const { kind, fact } = columns[at.column];
    const keys = {
      ArrowUp: () => (altKey ? isRow && act(table.moveRow(ruleset, at.row, at.row - 1), Math.max(0, at.row - 1)) : walk(at.row - 1)),
      ArrowDown: () => (altKey ? isRow && act(table.moveRow(ruleset, at.row, at.row + 1), Math.min(last - 1, at.row + 1)) : walk(at.row + 1)),
      ArrowLeft: () => walk(at.row, at.column - 1),
      ArrowRight: () => walk(at.row, at.column + 1),
      Home: () => walk(isCommand ? 0 : at.row, 0),
      End: () => walk(isCommand ? last : at.row, columns.length - 1),
      PageUp: () => walk(at.row - PAGE),
      PageDown: () => walk(at.row + PAGE),
      Enter: () => edit(),
      F2: () => edit(),
      Insert: () => addBelow(),
      Delete: () => (shiftKey ? isRow && act(table.removeRow(ruleset, at.row)) : clear()),
      Backspace: clear,
    };
    const commands = {
      d: () => isRow && act(table.copyRow(ruleset, at.row), at.row + 1),
      c: () => kind === "fact" && isRow && (clip.current = { fact: fact.name, conditions: table.cellOf(ruleset.rows[at.row], fact.name) }),
      v: paste,
    };
    const done = isCommand && commands[key.toLowerCase()] ? commands[key.toLowerCase()] : keys[key];
    if (altKey && key.toLowerCase() === "a") return event.preventDefault(), setEditing({ row: HEAD, column: "add" });
    const isTyped = !isCommand && !altKey && key.length === 1 && key !== " " && isRow && kind === "fact";
    if (!done && !isTyped && key !== " ") return;
    event.preventDefault();
    if (done) done();
    else edit(at, isTyped ? key : "");
  };
  const addBelow = () => {
    const below = Math.min(at.row + 1, last);
    focusNext.current = true;
    change({ ruleset: table.addRow(ruleset, Math.max(0, below), { zh: "新规则", en: "New rule" }) });
    setPlace({ row: Math.max(0, below), column: 0 });
  };
  const addColumn = (name) => {
    onAdded(name);
    close();
    setPlace({ row: Math.max(0, at.row), column: 1 + table.columnsOf(ruleset, catalogue, [...added, name]).findIndex((fact) => fact.name === name) });
  };
  const pressed = (row, column) => (event) => {
    if (event.target.closest("button, a")) return;
    const isAgain = at.row === row && at.column === column && document.activeElement === event.currentTarget;
    if (isAgain) edit({ row, column });
    else walk(row, column);
  };
  const rowUnder = ({ clientX, clientY }) => Number(document.elementFromPoint(clientX, clientY)?.closest("tbody.rule")?.dataset.row ?? -1);
  const grip = (from) => ({
    onPointerDown: (event) => (event.preventDefault(), event.currentTarget.setPointerCapture(event.pointerId), setOver(from)),
    onPointerMove: (event) => event.currentTarget.hasPointerCapture(event.pointerId) && setOver(rowUnder(event)),
    onPointerUp: (event) => {
      const to = rowUnder(event);
      setOver(null);
      if (to >= 0) act(table.moveRow(ruleset, from, to), to);
    },
    onPointerCancel: () => setOver(null),
  });
  // What a row calls; by reference, so that a row is drawn anew only when it looks different.
  const hand = useRef(null);
  hand.current = { pressed, grip, onExample, onNotes };
  const shared = { columns, hand, marks, sampled: told.sampled, areSentencesShown, language: currentLanguage() };

  return html`<div class="grid-frame" ref=${frame} onFocusIn=${() => (isWithin.current = true)} onFocusOut=${(event) => event.relatedTarget && (isWithin.current = frame.current.contains(event.relatedTarget))}>
    <table class="rule-grid" role="grid" aria-label=${t("edGrid")} aria-rowcount=${last + 2} aria-colcount=${columns.length} onKeyDown=${press}>
      <${Head} columns=${columns} facts=${facts} at=${at} pressed=${pressed} edit=${(row, column) => edit({ row, column })} onAdd=${() => setEditing({ row: HEAD, column: "add" })} />
      ${ruleset.rows.map((row, n) => html`<${Rule} key=${row.id} row=${row} n=${n} lists=${ruleset.lists} counts=${told.rows.get(row.id)} here=${at.row === n ? at.column : null} isTarget=${over === n} ...${shared} />`)}
      <${Default} row=${ruleset.default} n=${last} counts=${told.rows.get("default")} here=${at.row === last ? at.column : null} ...${shared} />
    </table>
    ${editing && html`<${Editor} ...${editing} ruleset=${ruleset} catalogue=${catalogue} columns=${columns} facts=${facts} last=${last}
      anchor=${editing.column === "add" ? frame.current.querySelector(".add-fact") : cellAt(editing)} onDone=${finish} onCancel=${close}
      onAdded=${addColumn} />`}
  </div>`;
}

/** The editor that fits the cell. */
function Editor({ row, column, typed, ruleset, catalogue, columns, facts, last, anchor, onDone, onCancel, onAdded }) {
  const index = row === last ? table.DEFAULT : row;
  if (column === "add") return html`<${FactEditor} anchor=${anchor} catalogue=${catalogue} shown=${facts} onPick=${onAdded} onCancel=${onCancel} />`;
  const { kind, fact } = columns[column];
  if (row === HEAD) return html`<${FactEditor} anchor=${anchor} fact=${fact} ruleset=${ruleset} onDone=${onDone} onCancel=${onCancel} />`;
  const of = index === table.DEFAULT ? ruleset.default : ruleset.rows[index];
  const set = (part) => onDone(table.setPart(ruleset, index, part));
  if (kind === "id") return html`<${IdEditor} anchor=${anchor} id=${of.id} taken=${ruleset.rows.map((one) => one.id)} onDone=${(id) => set({ id })} onCancel=${onCancel} />`;
  if (kind === "note") return html`<${NoteEditor} anchor=${anchor} note=${of.note} onDone=${(note) => set({ note })} onCancel=${onCancel} />`;
  if (kind === "route") return html`<${RouteEditor} anchor=${anchor} route=${of.route} isDefault=${index === table.DEFAULT} onDone=${(route) => set({ route })} onCancel=${onCancel} />`;
  return html`<${CellEditor} anchor=${anchor} fact=${fact} conditions=${table.cellOf(of, fact.name)} ruleset=${ruleset} typed=${typed}
    onDone=${(conditions) => onDone(table.setCell(ruleset, index, fact.name, conditions))} onCancel=${onCancel} />`;
}

function Head({ columns, facts, at, pressed, edit, onAdd }) {
  const levels = ["CONTAINER", "DECLARATION", "LINE"].map((level) => [level, facts.filter((fact) => fact.level === level).length]).filter(([, count]) => count);
  const cell = (column) => ({ "data-at": `${HEAD} ${column}`, tabindex: at.row === HEAD && at.column === column ? 0 : -1, onClick: pressed(HEAD, column) });
  return html`<thead>
    <tr class="levels" aria-hidden="true"><td></td>${levels.map(([level, count]) => html`<td key=${level} colspan=${count} class="l-${level}">${t(`edLevel.${level}`)}</td>`)}<td></td><td></td><td></td></tr>
    <tr role="row" aria-rowindex="1">${columns.map(({ kind, fact }, n) => kind === "fact"
      ? html`<th key=${fact.name} role="columnheader" scope="col" class="fact l-${fact.level} ${fact.isUnknown ? "bad" : ""}" ...${cell(n)} onDblClick=${() => edit(HEAD, n)} title=${`${fact.zh} · ${fact.en} · ${fact.name}`}>
          ${say(fact)}${fact.unit && html` <small>${fact.unit}</small>`}</th>`
      : html`<th key=${kind} role="columnheader" scope="col" class="c-${kind}" ...${cell(n)}>${t(`edColumn.${kind}`)}
          ${kind === "note" && html`<button type="button" class="add-fact b ghost" tabindex="-1" onClick=${onAdd} title=${t("edAddFact")} aria-label=${t("edAddFact")}><${Mark} name="plus" /></button>`}</th>`)}</tr>
  </thead>`;
}
