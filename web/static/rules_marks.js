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
  const isNote = (one) => one.severity === "NOTE";
  const ofRow = (index) => all.filter((one) => one.part === "rows" && one.index === index && !isNote(one));
  return {
    all,
    errors: all.filter((one) => one.severity === "ERROR").length,
    warnings: all.filter((one) => one.severity === "WARNING").length,
    ofRow,
    ofCell: (index, column) => ofRow(index).filter((one) => one.column === column),
    notesOf: (index) => all.filter((one) => one.part === "rows" && one.index === index && isNote(one)).length,
    errorsOf: (...parts) => all.filter((one) => parts.includes(one.part) && one.severity === "ERROR").length,
    ofPart: (part) => all.filter((one) => one.part === part),
  };
}
