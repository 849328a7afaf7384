// Every language says the same things: `node --test`, or through tests/browser/test_screen_logic.py.
import assert from "node:assert/strict";
import { test } from "node:test";

for (const name of ["", "search_", "desk_", "rules_", "editor_", "lab_", "watch_"])
  test(`words/${name}zh.js and words/${name}en.js have the same keys and the same blanks`, async () => {
    const { default: zh } = await import(`../../web/static/words/${name}zh.js`);
    const { default: en } = await import(`../../web/static/words/${name}en.js`);
    assert.deepEqual(Object.keys(zh), Object.keys(en));
    const blanks = (words) => Object.values(words).map((word) => [...new Set(word.match(/\{\d\}/g))].sort().join(""));
    assert.deepEqual(blanks(zh), blanks(en));
  });
