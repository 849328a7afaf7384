/**
 * What differs between two tables, row by row, and how two people's changes to one table go together.  Pure.
 *
 *   changesOf(before, after)        [{kind: ADDED | REMOVED | CHANGED | ORDER | PART, row, route, was, note}]
 *   merged(base, mine, theirs)      {ruleset, clashes}: theirs with my changes put in; `clashes` names what both changed
 */

const PARTS = ["title", "default", "lists", "lanes", "sites", "risk"];

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

export function changesOf(before, after) {
  const old = new Map(before.rows.map((row) => [row.id, row]));
  const next = new Map(after.rows.map((row) => [row.id, row]));
  const stayed = before.rows.filter((row) => next.has(row.id)).map((row) => row.id);
  const order = after.rows.filter((row) => old.has(row.id)).map((row) => row.id);
  const changed = after.rows.filter((row) => old.has(row.id) && !same(old.get(row.id), row));
  return [
    ...after.rows.filter((row) => !old.has(row.id)).map((row) => ({ kind: "ADDED", row: row.id, route: row.route, note: row.note })),
    ...before.rows.filter((row) => !next.has(row.id)).map((row) => ({ kind: "REMOVED", row: row.id, route: row.route, note: row.note })),
    ...changed.map((row) => ({ kind: "CHANGED", row: row.id, route: row.route, was: old.get(row.id).route, note: row.note })),
    ...(same(stayed, order) ? [] : [{ kind: "ORDER", row: "" }]),
    ...PARTS.filter((part) => !same(before[part], after[part])).map((part) => ({ kind: "PART", row: part })),
  ];
}

/** Behind the nearest row above it that is still there. */
function placeIn(rows, mine, id) {
  const above = mine.slice(0, mine.findIndex((row) => row.id === id)).map((row) => row.id).reverse();
  const near = above.find((one) => rows.some((row) => row.id === one));
  return near === undefined ? 0 : rows.findIndex((row) => row.id === near) + 1;
}

export function merged(base, mine, theirs) {
  const [own, foreign] = [changesOf(base, mine), changesOf(base, theirs)];
  const touched = new Map(foreign.map((one) => [`${one.kind === "PART"} ${one.row}`, one]));
  const isSame = (one) => same(mine.rows.find((row) => row.id === one.row), theirs.rows.find((row) => row.id === one.row));
  const clashes = own.filter((one) => {
    if (one.kind === "ORDER") return foreign.some((other) => other.kind === "ORDER");
    if (!touched.has(`${one.kind === "PART"} ${one.row}`)) return false;
    return one.kind === "PART" ? !same(mine[one.row], theirs[one.row]) : !isSame(one);
  });
  let rows = [...theirs.rows];
  for (const { kind, row } of own) {
    const written = mine.rows.find((one) => one.id === row);
    if (kind === "REMOVED") rows = rows.filter((one) => one.id !== row);
    else if (kind === "CHANGED") rows = rows.map((one) => (one.id === row ? written : one));
    else if (kind === "ADDED" && !rows.some((one) => one.id === row)) rows.splice(placeIn(rows, mine.rows, row), 0, written);
  }
  // My order, with what only they have where they have it.
  if (own.some((one) => one.kind === "ORDER")) {
    const sorted = mine.rows.map((row) => rows.find((one) => one.id === row.id)).filter(Boolean);
    for (const row of rows.filter((one) => !mine.rows.some((other) => other.id === one.id))) sorted.splice(placeIn(sorted, rows, row.id), 0, row);
    rows = sorted;
  }
  const parts = Object.fromEntries(own.filter((one) => one.kind === "PART").map((one) => [one.row, mine[one.row]]));
  return { ruleset: { ...theirs, ...parts, rows }, clashes };
}
