// What the search box makes of what was typed: `node --test`, or through tests/browser/test_screen_logic.py.
import assert from "node:assert/strict";
import { test } from "node:test";
import { containerCheckDigit, detect, parcelCheckDigit, vesselCheckDigit } from "../../web/static/identifiers.js";

test("check digits of containers, parcels and vessels", () => {
  assert.equal(containerCheckDigit("CSQU305438"), "3");
  assert.equal(containerCheckDigit("MSKU601167"), "2");
  assert.equal(containerCheckDigit("TGHU759933"), "0");
  assert.equal(parcelCheckDigit("47312482"), "9");
  assert.equal(vesselCheckDigit("907472"), "9");
});

for (const typed of ["CSQU3054383", "csqu 305438 3", "CSQU-305438-3", "ＣＳＱＵ３０５４３８３", "  csqu3054383 "])
  test(`"${typed}" is a container`, () => {
    assert.deepEqual(detect(typed), { kind: "CONTAINER", value: "CSQU3054383", isValid: true });
  });

test("a wrong check digit says which would be right", () => {
  assert.deepEqual(detect("CSQU3054384"), {
    kind: "CONTAINER", value: "CSQU3054384", isValid: false, expectedDigit: "3", suggestion: "CSQU3054383",
  });
});

test("a missing check digit is offered", () => {
  assert.deepEqual(detect("CSQU305438"), {
    kind: "CONTAINER", value: "CSQU305438", isValid: false, isShort: true, expectedDigit: "3", suggestion: "CSQU3054383",
  });
});

for (const [typed, kind, value] of [
  ["COSU6123456780", "BILL_OF_LADING", "COSU6123456780"],
  ["371120261001234567", "DECLARATION", "371120261001234567"],
  ["RA473124829DK", "PARCEL", "RA473124829DK"],
  ["IMO 9074729", "VESSEL", "9074729"],
  ["9074729", "VESSEL", "9074729"],
  ["Ever Given", "NAME", "Ever Given"],
  ["中远之星", "NAME", "中远之星"],
])
  test(`"${typed}" is ${kind}`, () => {
    assert.deepEqual(detect(typed), { kind, value, isValid: true });
  });

test("a parcel's wrong check digit says which would be right", () => {
  assert.equal(detect("RA473124828DK").suggestion, "RA473124829DK");
});

test("nothing typed is nothing", () => {
  assert.deepEqual(detect("  "), { kind: "EMPTY", value: "", isValid: false });
});
