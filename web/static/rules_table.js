/**
 * The table an officer edits, as plain values: each function gives a new table and leaves the old one alone.
 *
 * A table is the ruleset's JSON.  A cell is all conditions of one row on one fact, mostly one, [] when nothing is asked.
 * DEFAULT is the index of the default row, behind all others.
 */

export const DEFAULT = -1;
export const RESERVED = ["default", "random", "top-up"];
const OPERATORS = {
  TEXT: ["prefix", "in", "equals"],
  TEXTS: ["prefix", "in", "equals"],
  NUMBER: ["less", "at_least", "between", "equals"],
  FLAG: ["equals"],
};

/** As the server sends it, without what says nothing. */
export function tidy(ruleset) {
  const rows = ruleset.rows.map((row) => ({ ...row, when: row.when.map(told) }));
  return { ...ruleset, rows, lists: ruleset.lists ?? [], lanes: (ruleset.lanes ?? []).map(told), sites: ruleset.sites ?? [], risk: ruleset.risk ?? [] };
}

const told = (part) => Object.fromEntries(Object.entries(part).filter(([, value]) => value !== null && value !== undefined));

/** As the server takes it: fields that came later stay away while they say nothing, or the hash would change. */
export function written(ruleset) {
  const { risk, ...rest } = ruleset;
  return risk.length ? ruleset : rest;
}

export const EMPTY = {
  name: "",
  title: { zh: "", en: "" },
  rows: [],
  default: { route: "YARD", note: { zh: "按传统流程进堆场。", en: "The traditional way: into the yard." } },
  lists: [],
  lanes: ["DIRECT_RELEASE", "YARD", "SCAN"].map((route) => ({ route, minimum_random_rate: 0.01 })),
  sites: [],
  risk: [],
};

export const cellOf = (row, fact) => row.when.filter((condition) => condition.fact === fact);

/** Facts that are asked somewhere, and `added` ones, in the order of the catalogue; strangers to it come last. */
export function columnsOf(ruleset, catalogue, added) {
  const asked = new Set([...ruleset.rows.flatMap((row) => row.when.map((condition) => condition.fact)), ...added]);
  const known = catalogue.filter((fact) => asked.delete(fact.name));
  return [...known, ...[...asked].map((name) => ({ name, zh: name, en: name, level: "LINE", type: "TEXT", isUnknown: true }))];
}

const withRow = (ruleset, index, row) => ({ ...ruleset, rows: ruleset.rows.map((old, n) => (n === index ? row : old)) });

export function setCell(ruleset, index, fact, conditions) {
  const { when } = ruleset.rows[index];
  const at = when.findIndex((condition) => condition.fact === fact);
  const rest = when.filter((condition) => condition.fact !== fact);
  const place = at < 0 ? rest.length : when.slice(0, at).filter((condition) => condition.fact !== fact).length;
  const next = [...rest.slice(0, place), ...conditions.map((condition) => ({ ...condition, fact })), ...rest.slice(place)];
  return withRow(ruleset, index, { ...ruleset.rows[index], when: next });
}

export function setPart(ruleset, index, part) {
  if (index === DEFAULT) return { ...ruleset, default: { ...ruleset.default, ...part } };
  return withRow(ruleset, index, { ...ruleset.rows[index], ...part });
}

export function freshId(taken, wanted) {
  const used = new Set([...taken, ...RESERVED]);
  if (!used.has(wanted)) return wanted;
  for (let n = 2; ; n += 1) if (!used.has(`${wanted}-${n}`)) return `${wanted}-${n}`;
}

const insert = (ruleset, index, row) => ({ ...ruleset, rows: [...ruleset.rows.slice(0, index), row, ...ruleset.rows.slice(index)] });

const ids = (ruleset) => ruleset.rows.map((row) => row.id);

/** A new row asks nothing yet, and looks at the box rather than letting it go. */
export const addRow = (ruleset, index, note) =>
  insert(ruleset, index, { id: freshId(ids(ruleset), "new-rule"), when: [], route: "INSPECTION", note });

export const copyRow = (ruleset, index) =>
  insert(ruleset, index + 1, { ...ruleset.rows[index], id: freshId(ids(ruleset), ruleset.rows[index].id) });

export const removeRow = (ruleset, index) => ({ ...ruleset, rows: ruleset.rows.filter((_, n) => n !== index) });

export function moveRow(ruleset, from, to) {
  if (to < 0 || to >= ruleset.rows.length || from === to) return ruleset;
  const rows = ruleset.rows.filter((_, n) => n !== from);
  rows.splice(to, 0, ruleset.rows[from]);
  return { ...ruleset, rows };
}

export const dropColumn = (ruleset, fact) => ({
  ...ruleset,
  rows: ruleset.rows.map((row) => ({ ...row, when: row.when.filter((condition) => condition.fact !== fact) })),
});

/** Puts `item` in place of the `index`-th of a part of the table (lists, lanes, sites, risk); null takes it out. */
export function setItem(ruleset, part, index, item) {
  const items = item === null ? ruleset[part].filter((_, n) => n !== index) : ruleset[part].map((old, n) => (n === index ? item : old));
  return { ...ruleset, [part]: items };
}

/** A list by another name, also where rows name it. */
export function renameList(ruleset, from, to) {
  const when = (condition) => (condition.list === from ? { ...condition, list: to } : condition);
  return {
    ...ruleset,
    lists: ruleset.lists.map((list) => (list.name === from ? { ...list, name: to } : list)),
    rows: ruleset.rows.map((row) => ({ ...row, when: row.when.map(when) })),
  };
}

export const usesOf = (ruleset, name) => ruleset.rows.filter((row) => row.when.some((condition) => condition.list === name)).map((row) => row.id);

/** What may be asked of a fact; the first is what a fresh condition asks. */
export function operatorsOf(fact) {
  const known = OPERATORS[fact.type].filter((operator) => !fact.operators || fact.operators.includes(operator));
  // Neither a country nor a currency begins with anything.
  if (kindOf(fact) === "COUNTRY" || fact.name === "currency") return known.filter((one) => one !== "prefix");
  if (fact.operators) return known;
  if (fact.codes?.length || fact.type === "FLAG" || fact.type === "NUMBER") return OPERATORS[fact.type].filter((one) => one !== "prefix");
  return OPERATORS[fact.type];
}

/** What a named list may hold that this fact is compared with. */
export const kindOf = (fact) =>
  fact.listKind ?? (fact.name === "hs_code" ? "HS_PREFIX" : /country$/.test(fact.name) ? "COUNTRY" : /^(consignee|declarant)_code$/.test(fact.name) ? "PARTY" : null);

export const listsFor = (ruleset, fact) => ruleset.lists.filter((list) => !list.kind || list.kind === kindOf(fact));

/** `value` as a list of texts, however it was written. */
export const valuesOf = ({ value }) => (Array.isArray(value) ? value : value === undefined || value === null ? [] : [String(value)]);

/** One value is "is", several are "one of": an officer ticks codes and need not think of operators. */
export const ofCodes = (codes) => (codes.length === 1 ? [{ operator: "equals", value: codes[0] }] : codes.length ? [{ operator: "in", value: codes }] : []);

/** A problem's row as the table knows it: `rows 3 (seafood)` is the third, a bare id is that row's. */
export function placeOf(ruleset, row) {
  const numbered = /^rows (\d+)/.exec(row ?? "");
  if (numbered) return { part: "rows", index: Number(numbered[1]) - 1 };
  if (row === "default" || row === "random" || row === "top-up") return { part: "rows", index: DEFAULT };
  if (["lists", "lanes", "sites", "risk", "tests", "ruleset"].includes((row ?? "").split(" ")[0])) return { part: row.split(" ")[0], index: null };
  const index = ruleset.rows.findIndex((one) => one.id === row);
  return index < 0 ? { part: "ruleset", index: null } : { part: "rows", index };
}
