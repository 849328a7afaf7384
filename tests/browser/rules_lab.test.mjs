// What the lab's screens think: what was pasted, how near a row came, two tables beside each other, the audit as CSV.
import assert from "node:assert/strict";
import { test } from "node:test";

import { kindOf, NotJson, questionOf } from "../../web/static/lab_pasted.js";
import { ordered, paired } from "../../web/static/lab_rows.js";
import { csvOf, fits, waivedOf } from "../../web/static/lab_steps.js";

test("what is pasted is known by its look", () => {
  const kinds = {
    " csqu 305438-3 ": "CONTAINER",
    "6b0267c2-8d3a-8788-a130-7da512e59d40": "DECISION",
    "UNA:+.? 'UNB+UNOA": "EDIFACT",
    '{"declarationNumber": "37", "lines": []}': "DECLARATION",
    '{"messageID": "C1", "declarations": []}': "CUSTOMS",
    '{"messageID": "G1", "events": []}': "GATE",
  };
  for (const [text, kind] of Object.entries(kinds)) assert.equal(kindOf(text), kind, text);
});

test("a question holds one thing to try", () => {
  assert.deepEqual(questionOf("CONTAINER", " csqu 305438-3 "), { container: "CSQU3054383" });
  assert.deepEqual(questionOf("DECLARATION", '{"a": 1}'), { declaration: { a: 1 } });
  assert.deepEqual(questionOf("GATE", '{"events": []}'), { message: { format: "gate", body: { events: [] } } });
  assert.deepEqual(questionOf("EDIFACT", "UNB+1'\n"), { message: { format: "edifact", body: "UNB+1'" } });
  assert.throws(() => questionOf("CUSTOMS", "{"), NotJson);
});

test("what decided comes first, then what came near", () => {
  const row = (id, verdict, whyNot = 0, matched = false) => ({ row: id, verdict, matched, whyNot: Array(whyNot).fill({}) });
  const rows = [row("far", "NOT_MATCHED", 2), row("near", "NOT_MATCHED", 1), row("nearer", "NOT_MATCHED", 1), row("open", "UNDETERMINED", 1), row("default", "MATCHED"), row("took", "MATCHED", 0, true)];
  const conditions = new Map([["near", 1], ["nearer", 3]]);
  assert.deepEqual(ordered(rows, conditions).map((one) => [one.row, one.kind]), [["took", "MATCHED"], ["default", "HOLDS"], ["open", "OPEN"], ["nearer", "NEAR"], ["near", "NEAR"], ["far", "FAR"]]);
});

test("rows that went stand where they stood", () => {
  const rows = (...ids) => ids.map((id) => ({ id }));
  const told = paired(rows("a", "b", "c"), rows("c", "a", "d")).map((one) => [one.id, Boolean(one.was), Boolean(one.now)]);
  assert.deepEqual(told, [["c", true, true], ["a", true, true], ["b", true, false], ["d", false, true]]);
});

const STEP = { at: "2026-11-22T04:00:00Z", step: "APPROVED", name: "x", hash: "abcdef", by: { person: "p1", name: "XM" }, party: "XMCUS", why: '=HYPERLINK("x"), "so"', effectiveAt: null, detail: { waived: ["SHADOW"] } };

test("steps are found by version, person and step", () => {
  assert.ok(fits(STEP, { hash: "abc", person: "p1", step: "APPROVED" }));
  assert.ok(!fits(STEP, { hash: "", person: "p2", step: "" }));
  assert.ok(fits({ ...STEP, by: null }, { hash: "", person: "", step: "" }));
});

test("what was waived is told, and a reason is never a formula", () => {
  assert.deepEqual(waivedOf(STEP), ["SHADOW"]);
  const [, line] = csvOf([STEP]).split("\r\n");
  assert.equal(line, `2026-11-22T04:00:00Z,APPROVED,x,abcdef,p1,XMCUS,"'=HYPERLINK(""x""), ""so""",,SHADOW,"{""waived"":[""SHADOW""]}"`);
});
