/** Recognises what was typed into the search box, and which check digit would be right. Pure. */

const LETTER_VALUES = Object.fromEntries(
  [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"].map((letter, index) => {
    const plain = index + 10; // ISO 6346 counts 10..38 and leaves out 11, 22 and 33.
    return [letter, plain + Math.floor((plain - 1) / 10)];
  }),
);

/** The eleventh character of a container number from the ten before it (ISO 6346: weights 2**n, mod 11, 10 counts as 0). */
export function containerCheckDigit(ten) {
  const sum = [...ten].reduce((total, char, n) => total + (LETTER_VALUES[char] ?? Number(char)) * 2 ** n, 0);
  return String((sum % 11) % 10);
}

/** The ninth digit of a postal item number from the eight before it (UPU S10). */
export function parcelCheckDigit(eight) {
  const weights = [8, 6, 4, 2, 3, 5, 9, 7];
  const rest = 11 - ([...eight].reduce((total, digit, n) => total + Number(digit) * weights[n], 0) % 11);
  return String(rest === 10 ? 0 : rest === 11 ? 5 : rest);
}

/** The seventh digit of an IMO ship number from the six before it. */
export function vesselCheckDigit(six) {
  return String([...six].reduce((total, digit, n) => total + Number(digit) * (7 - n), 0) % 10);
}

const isChecked = (kind, value, body, digit, expected) =>
  digit === expected
    ? { kind, value, isValid: true }
    : { kind, value, isValid: false, expectedDigit: expected, suggestion: body(expected) };

const SHAPES = [
  // A container number without its check digit: six digits after the owner code.
  [/^[A-Z]{3}[UJZ]\d{6}$/, (ten) => ({
    kind: "CONTAINER", value: ten, isValid: false, isShort: true,
    expectedDigit: containerCheckDigit(ten), suggestion: ten + containerCheckDigit(ten),
  })],
  [/^([A-Z]{4}\d{6})(\d)$/, (whole, ten, digit) =>
    isChecked("CONTAINER", whole, (right) => ten + right, digit, containerCheckDigit(ten))],
  [/^([A-Z]{2})(\d{8})(\d)([A-Z]{2})$/, (whole, service, eight, digit, country) =>
    isChecked("PARCEL", whole, (right) => service + eight + right + country, digit, parcelCheckDigit(eight))],
  [/^(?:IMO)?(\d{6})(\d)$/, (whole, six, digit) =>
    isChecked("VESSEL", six + digit, (right) => six + right, digit, vesselCheckDigit(six))],
  [/^\d{18}$/, (whole) => ({ kind: "DECLARATION", value: whole, isValid: true })],
  [/^(?=.*\d)[A-Z0-9]{6,20}$/, (whole) => ({ kind: "BILL_OF_LADING", value: whole, isValid: true })],
];

/**
 * What `text` is: `{kind, value, isValid}` with kind CONTAINER, PARCEL, VESSEL, DECLARATION, BILL_OF_LADING, NAME or EMPTY;
 * a wrong check digit adds `expectedDigit` and `suggestion`. Spaces, hyphens, case and full-width digits do not matter.
 */
export function detect(text) {
  const tidy = text.normalize("NFKC").trim();
  const joined = tidy.toUpperCase().replace(/[\s.\-/]/g, "");
  if (!joined) return { kind: "EMPTY", value: "", isValid: false };
  for (const [shape, read] of SHAPES) {
    const match = shape.exec(joined);
    if (match) return read(...match);
  }
  return { kind: "NAME", value: tidy, isValid: tidy.length > 1 };
}
