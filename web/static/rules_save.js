/**
 * Saving a new version, and what happens when somebody saved meanwhile.
 *
 *   SaveDialog({work, family, basedOn, onSaved, onClose})   `work` is {ruleset, tests}
 *   changesOf(before, after)                                rows that came, went, moved or say something else
 */
import { useState } from "./vendor/hooks.module.js";
import { useDoing } from "./desk.js";
import { html, say, t } from "./shell.js";
import { call, Refused } from "./rules_api.js";
import { Button, Dialog, Hash, Person, Problems, RouteChip, When } from "./rules_parts.js";
import { address } from "./rules_place.js";
import { tidy, written } from "./rules_table.js";

const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

export function changesOf(before, after) {
  const old = new Map(before.rows.map((row) => [row.id, row]));
  const next = new Map(after.rows.map((row) => [row.id, row]));
  const stayed = before.rows.filter((row) => next.has(row.id)).map((row) => row.id);
  const order = after.rows.filter((row) => old.has(row.id)).map((row) => row.id);
  const parts = ["title", "default", "lists", "lanes", "sites", "risk"].filter((part) => !same(before[part], after[part]));
  return [
    ...after.rows.filter((row) => !old.has(row.id)).map((row) => ({ kind: "ADDED", row: row.id, route: row.route, note: row.note })),
    ...before.rows.filter((row) => !next.has(row.id)).map((row) => ({ kind: "REMOVED", row: row.id, route: row.route, note: row.note })),
    ...after.rows.filter((row) => old.has(row.id) && !same(old.get(row.id), row)).map((row) => ({ kind: "CHANGED", row: row.id, route: row.route, was: old.get(row.id).route, note: row.note })),
    ...(same(stayed, order) ? [] : [{ kind: "ORDER", row: "" }]),
    ...parts.map((part) => ({ kind: "PART", row: part })),
  ];
}

export const Changes = ({ changes }) => html`<ul class="changes">${changes.length === 0 && html`<li class="quiet">${t("svNoChanges")}</li>`}${changes.map((one) => html`<li key=${`${one.kind} ${one.row}`} class="ch-${one.kind}">
  <b>${t(`svChange.${one.kind}`)}</b> <code>${one.kind === "PART" ? t(`edPart.${one.row}`) : one.row}</code> ${one.was && one.was !== one.route && html`<${RouteChip} route=${one.was} isQuiet /> → `}${one.route && html`<${RouteChip} route=${one.route} />`} <span class="quiet">${say(one.note)}</span></li>`)}</ul>`;

export function SaveDialog({ work, saved, family, basedOn, onSaved, onClose }) {
  const [note, setNote] = useState("");
  const [name, setName] = useState(work.ruleset.name);
  const [theirs, setTheirs] = useState(null);
  const { run, isBusy, error } = useDoing();
  const isNew = family === null || name !== family;
  const body = { ruleset: written({ ...work.ruleset, name }), tests: work.tests, note: note.trim(), basedOn: isNew ? basedOn : (theirs?.version.hash ?? basedOn) };
  const send = async () => {
    try {
      onSaved(await call(isNew ? "/v1/rulesets" : `/v1/rulesets/${encodeURIComponent(family)}`, { method: isNew ? "POST" : "PUT", body }));
    } catch (refused) {
      if (!(refused instanceof Refused) || refused.status !== 409 || isNew) throw refused;
      const newest = await newestOf(family);
      if (!newest || newest.hash === body.basedOn) throw refused;
      const full = await call(`/v1/rulesets/${newest.hash}`);
      setTheirs({ version: newest, ruleset: tidy(full.ruleset) });
    }
  };
  const submit = (event) => {
    event.preventDefault();
    run(send);
  };
  return html`<${Dialog} title=${theirs ? t("svMeanwhile") : t("svTitle")} onClose=${onClose} size=${theirs ? "wide" : ""}><form class="stack" onSubmit=${submit}>
    ${theirs && html`<div class="banner conflict" role="alert"><p><${Person} by=${theirs.version.author} /> · <${When} at=${theirs.version.createdAt} /> · <${Hash} hash=${theirs.version.hash} link=${address("edit", theirs.version.hash)} /><br />${theirs.version.note}</p></div>
      <div class="two"><section><h3>${t("svTheirs")}</h3><${Changes} changes=${changesOf(saved.ruleset, theirs.ruleset)} /></section><section><h3>${t("svMine")}</h3><${Changes} changes=${changesOf(saved.ruleset, work.ruleset)} /></section></div><p>${t("svOver")}</p>`}
    ${!theirs && html`<${Changes} changes=${changesOf(saved.ruleset, work.ruleset)} />`}
    <label>${t("svName")}<input value=${name} spellcheck=${false} required onInput=${(event) => setName(event.target.value)} /></label>
    <p class="quiet">${isNew ? t("svNewFamily") : t("svSameFamily", family)}</p>
    <label>${t("svNote")}<textarea rows="2" required data-first value=${note} onInput=${(event) => setNote(event.target.value)}></textarea></label>
    <${Problems} error=${error} />
    <div class="row"><${Button} word=${t("labCancel")} onClick=${onClose} /><button class="b main" disabled=${isBusy || !note.trim() || !name.trim()}>${theirs ? t("svSaveOver") : t("svSave")}</button></div></form><//>`;
}

async function newestOf(family) {
  const { families } = await call("/v1/rulesets");
  const versions = families.find((one) => one.name === family)?.versions ?? [];
  return [...versions].sort((one, other) => (one.createdAt < other.createdAt ? 1 : -1))[0];
}
