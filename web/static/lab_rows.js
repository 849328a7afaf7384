/**
 * Rows of a table put in order for who reads them; pure, so that node can test it.
 *
 *   ordered(rows, conditions, isRule)   what was said of each row, by how near it came: MATCHED, HOLDS (without deciding), OPEN (a
 *                               fact is missing), NEAR (one condition fails), FAR; `conditions` is how many each row has,
 *                               `isRule` whether a row decided at all: what is missing, or customs' order, may have
 *   paired(old, next)           the rows of two tables in one order: [{id, was, now}], null where it is not
 */
export const ORDER = ["MATCHED", "HOLDS", "OPEN", "NEAR", "FAR"];

function standing({ matched, verdict, whyNot }, isRule) {
  if (matched && isRule) return "MATCHED";
  if (verdict === "MATCHED") return "HOLDS";
  if (verdict === "UNDETERMINED") return "OPEN";
  return whyNot.length === 1 ? "NEAR" : "FAR";
}

/** Of two near misses the one of which more holds is nearer. */
export function ordered(rows, conditions = new Map(), isRule = true) {
  const near = (row) => (row.kind === "NEAR" ? -(conditions.get(row.row) ?? 0) : 0);
  const all = rows.map((row, n) => ({ ...row, kind: standing(row, isRule), n }));
  return all.sort((one, other) => ORDER.indexOf(one.kind) - ORDER.indexOf(other.kind) || near(one) - near(other) || one.n - other.n);
}

export function paired(old, next) {
  const left = new Map(old.map((row) => [row.id, row]));
  const right = new Set(next.map((row) => row.id));
  const rows = next.map((row) => ({ id: row.id, was: left.get(row.id) ?? null, now: row }));
  old.forEach((row, n) => {
    if (right.has(row.id)) return;
    const above = old.slice(0, n).reverse().find((one) => rows.some((it) => it.id === one.id));
    rows.splice(above ? rows.findIndex((it) => it.id === above.id) + 1 : 0, 0, { id: row.id, was: row, now: null });
  });
  return rows;
}
