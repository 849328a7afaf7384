// The table an officer edits, without a page.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as table from "../../web/static/rules_table.js";

const note = { zh: "注", en: "note" };
const row = (id, ...when) => ({ id, when, route: "SCAN", note });
const asks = (fact, operator, value) => ({ fact, operator, value });
const ruleset = (...rows) => ({ ...table.EMPTY, rows });
const CATALOGUE = ["direction", "hs_code", "net_mass_kg"].map((name) => ({ name, type: "TEXT" }));

test("a cell keeps its place among the row's conditions", () => {
  const before = ruleset(row("a", asks("direction", "equals", "IMPORT"), asks("hs_code", "prefix", ["68"]), asks("is_lcl", "equals", true)));
  const after = table.setCell(before, 0, "hs_code", [{ operator: "prefix", value: ["25"] }]);
  assert.deepEqual(after.rows[0].when, [asks("direction", "equals", "IMPORT"), { operator: "prefix", value: ["25"], fact: "hs_code" }, asks("is_lcl", "equals", true)]);
  assert.deepEqual(before.rows[0].when[1], asks("hs_code", "prefix", ["68"]));
  assert.deepEqual(table.setCell(after, 0, "hs_code", []).rows[0].when.map(({ fact }) => fact), ["direction", "is_lcl"]);
});

test("columns are the facts that are asked, in the catalogue's order, strangers last", () => {
  const asked = ruleset(row("a", asks("hs_code", "prefix", ["68"]), asks("shoe_size", "equals", "9")), row("b", asks("direction", "equals", "IMPORT")));
  assert.deepEqual(table.columnsOf(asked, CATALOGUE, ["net_mass_kg"]).map(({ name }) => name), ["direction", "hs_code", "net_mass_kg", "shoe_size"]);
});

test("rows move, are copied under a free name, and stay where they cannot move", () => {
  const three = ruleset(row("a"), row("b"), row("c"));
  const ids = ({ rows }) => rows.map(({ id }) => id);
  assert.deepEqual(ids(table.moveRow(three, 0, 2)), ["b", "c", "a"]);
  assert.deepEqual(ids(table.moveRow(three, 2, 0)), ["c", "a", "b"]);
  assert.equal(table.moveRow(three, 0, -1), three);
  assert.deepEqual(ids(table.copyRow(three, 1)), ["a", "b", "b-2", "c"]);
  assert.deepEqual(ids(table.addRow(three, 3, note)), ["a", "b", "c", "new-rule"]);
  assert.equal(table.freshId([], "default"), "default-2");
});

test("a list that gets another name gets it in the rows as well", () => {
  const before = { ...ruleset(row("a", { fact: "hs_code", operator: "prefix", list: "stone" })), lists: [{ name: "stone", title: note, values: ["68"] }] };
  const after = table.renameList(before, "stone", "rock");
  assert.deepEqual([after.lists[0].name, table.usesOf(after, "rock"), table.usesOf(after, "stone")], ["rock", ["a"], []]);
});

test("a later field that says nothing is not written, or the hash would change", () => {
  assert.equal("risk" in table.written(table.EMPTY), false);
  assert.equal("risk" in table.written({ ...table.EMPTY, risk: [{ fact: "is_lcl", weight: 1 }] }), true);
  const sent = { ...table.EMPTY, rows: [row("a", { fact: "is_lcl", operator: "equals", value: false, list: null })], lanes: [{ route: "SCAN", minimum_random_rate: 0, expected_rate: null }] };
  assert.deepEqual(table.tidy(sent).rows[0].when, [{ fact: "is_lcl", operator: "equals", value: false }]);
  assert.deepEqual(table.tidy(sent).lanes, [{ route: "SCAN", minimum_random_rate: 0 }]);
});

test("a problem finds its row by number, by id, or its part of the table", () => {
  const two = ruleset(row("a"), row("b"));
  assert.deepEqual(table.placeOf(two, "rows 2 (b)"), { part: "rows", index: 1 });
  assert.deepEqual(table.placeOf(two, "a"), { part: "rows", index: 0 });
  assert.deepEqual(table.placeOf(two, "default"), { part: "rows", index: table.DEFAULT });
  assert.deepEqual(table.placeOf(two, "lists"), { part: "lists", index: null });
  assert.deepEqual(table.placeOf(two, "elsewhere"), { part: "ruleset", index: null });
});

test("ticked codes become what they mean", () => {
  assert.deepEqual(table.ofCodes(["IMPORT"]), [{ operator: "equals", value: "IMPORT" }]);
  assert.deepEqual(table.ofCodes(["AEO", "GENERAL"]), [{ operator: "in", value: ["AEO", "GENERAL"] }]);
  assert.deepEqual(table.ofCodes([]), []);
});
