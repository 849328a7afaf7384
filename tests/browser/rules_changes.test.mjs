// Two people change one table.
import assert from "node:assert/strict";
import { test } from "node:test";
import { changesOf, merged } from "../../web/static/rules_changes.js";
import { EMPTY } from "../../web/static/rules_table.js";

const row = (id, route = "SCAN") => ({ id, when: [], route, note: { zh: id, en: id } });
const table = (...rows) => ({ ...EMPTY, rows });
const ids = ({ ruleset }) => ruleset.rows.map(({ id, route }) => `${id} ${route}`);
const BASE = table(row("a"), row("b"), row("c"));

test("what came, went, changed and moved is told row by row", () => {
  const after = { ...table(row("c"), row("d"), row("a", "HOLD")), lanes: [] };
  assert.deepEqual(changesOf(BASE, after).map(({ kind, row: id }) => `${kind} ${id}`.trim()), ["ADDED d", "REMOVED b", "CHANGED a", "ORDER", "PART lanes"]);
  assert.deepEqual(changesOf(BASE, BASE), []);
});

test("changes to different rows go together", () => {
  const mine = table(row("a"), row("mine"), row("b", "HOLD"), row("c"));
  const theirs = table(row("theirs"), row("a"), row("b"));
  const both = merged(BASE, mine, theirs);
  assert.deepEqual(both.clashes, []);
  assert.deepEqual(ids(both), ["theirs SCAN", "a SCAN", "mine SCAN", "b HOLD"]);
});

test("what both changed differently is named, and what both changed alike is not", () => {
  const mine = table(row("a", "HOLD"), row("b", "YARD"), row("c"));
  const theirs = table(row("a", "INSPECTION"), row("b", "YARD"), row("c"));
  assert.deepEqual(merged(BASE, mine, theirs).clashes.map(({ row: id }) => id), ["a"]);
});

test("a row that one took out and the other changed is a clash", () => {
  assert.deepEqual(merged(BASE, table(row("a"), row("c")), table(row("a"), row("b", "HOLD"), row("c"))).clashes.map(({ row: id }) => id), ["b"]);
});

test("my order takes in what only they have", () => {
  const both = merged(BASE, table(row("c"), row("a"), row("b")), table(row("a"), row("new"), row("b"), row("c")));
  assert.deepEqual(both.clashes, []);
  assert.deepEqual(ids(both), ["c SCAN", "a SCAN", "new SCAN", "b SCAN"]);
});

test("parts of the table that only one changed are both kept", () => {
  const both = merged(BASE, { ...BASE, risk: [{ fact: "is_lcl", weight: 1 }] }, { ...BASE, lanes: [] });
  assert.deepEqual([both.clashes, both.ruleset.risk.length, both.ruleset.lanes], [[], 1, []]);
});
