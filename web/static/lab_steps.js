/**
 * Steps of the audit, as plain values; pure, so that node can test it.
 *
 *   fits(step, {hash, person, step})   "" asks nothing
 *   waivedOf(step)                     what an approval did without
 *   csvOf(steps)                       for a spreadsheet, which must not take a reason for a formula
 */
export const fits = (one, { hash, person, step }) =>
  (!hash || one.hash.startsWith(hash)) && (!person || one.by?.person === person) && (!step || one.step === step);

export const waivedOf = (step) => step.detail?.without ?? step.detail?.waived ?? [];

const HEADING = ["at", "step", "name", "version", "person", "party", "why", "effectiveAt", "without", "detail"];

function cell(value) {
  const text = String(value ?? "");
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** With a byte order mark: Excel takes it for UTF-8. */
export function csvOf(steps) {
  const rows = steps.map((step) => [step.at, step.step, step.name, step.hash, step.by?.person, step.party, step.why, step.effectiveAt, waivedOf(step).join(" "), JSON.stringify(step.detail ?? {})]);
  return `\ufeff${[HEADING, ...rows].map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}
