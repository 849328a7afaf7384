/**
 * What is wrong, where: the server's problems and lint findings, found again by row and cell.
 *
 *   marksOf(ruleset, catalogue, checked, problems) → {all, errors, warnings, ofRow(index), ofCell(index, column), notesOf(index), ofPart(part), errorsOf(…parts)}
 *
 * A mark is {severity (ERROR, WARNING, NOTE), message, row, column, place, example, code}; `column` a fact's name, or id, note, route.  Notes are many: of a row
 * they are only counted.
 */
import { say, t } from "./shell.js";
import { inWords } from "./rules_mending.js";
import { placeOf } from "./rules_table.js";

const NONE = [];
const COLUMNS = { id: "id", when: "id", note: "note", "note.zh": "note", "note.en": "note", route: "route" };

export function marksOf(ruleset, catalogue, checked, problems = []) {
  const names = new Map(catalogue.map((fact) => [fact.name, fact]));
  const told = [...problems, ...(checked?.problems ?? [])].map((one) => ({ ...inWords(one), severity: "ERROR" }));
  const all = [...told, ...(checked?.lint ?? [])].map((one) => {
    const where = placeOf(ruleset, one.row);
    const column = (COLUMNS[one.column] ?? one.column) || "id";
    const fact = names.get(column);
    return { ...one, ...where, column, place: fact ? say(fact) : where.part === "rows" ? "" : [t(`edPart.${where.part}`), one.column].filter(Boolean).join(" · ") };
  });
  // Asked of every cell whenever anything changes: found once.
  const rows = new Map();
  for (const one of all) {
    if (one.part !== "rows") continue;
    if (!rows.has(one.index)) rows.set(one.index, { found: [], notes: 0 });
    const row = rows.get(one.index);
    if (one.severity === "NOTE") row.notes += 1;
    else row.found.push(one);
  }
  const ofRow = (index) => rows.get(index)?.found ?? NONE;
  return {
    all,
    errors: all.filter((one) => one.severity === "ERROR").length,
    warnings: all.filter((one) => one.severity === "WARNING").length,
    ofRow,
    ofCell: (index, column) => (ofRow(index).length ? ofRow(index).filter((one) => one.column === column) : NONE),
    notesOf: (index) => rows.get(index)?.notes ?? 0,
    errorsOf: (...parts) => all.filter((one) => parts.includes(one.part) && one.severity === "ERROR").length,
    ofPart: (part) => all.filter((one) => one.part === part),
  };
}
