/**
 * What somebody pasted: a container number, a decision's id, a declaration or a message; pure, so that node can test it.
 *
 *   kindOf(text)            → one of KINDS
 *   questionOf(kind, text)  → the part of POST /v1/rulesets/try that says what to try; throws NotJson
 */
export const KINDS = ["CONTAINER", "DECISION", "DECLARATION", "GATE", "CUSTOMS", "EDIFACT"];

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

export class NotJson extends Error {}

export function kindOf(text) {
  const pasted = text.trim();
  if (UUID.test(pasted)) return "DECISION";
  if (/^UN[AB]/.test(pasted)) return "EDIFACT";
  if (!pasted.startsWith("{")) return "CONTAINER";
  if (/"(events|equipmentEventTypeCode)"/.test(pasted)) return "GATE";
  return /"(declarations|manifests|notices|messageID)"/.test(pasted) ? "CUSTOMS" : "DECLARATION";
}

function read(text) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new NotJson(error.message);
  }
}

export function questionOf(kind, text) {
  const pasted = text.trim();
  if (kind === "CONTAINER") return { container: pasted.replace(/[\s-]+/g, "").toUpperCase() };
  if (kind === "DECISION") return { decisionID: pasted.toLowerCase() };
  if (kind === "DECLARATION") return { declaration: read(pasted) };
  if (kind === "EDIFACT") return { message: { format: "edifact", body: pasted } };
  return { message: { format: kind.toLowerCase(), body: read(pasted) } };
}
