/**
 * Saving a new version, and what happens when somebody saved meanwhile.
 *
 *   SaveDialog({work, saved, family, basedOn, …})           `work` is {ruleset, tests}; `saved` what it was made from
 *   Changes({changes})                                      what `changesOf` (rules_changes.js) found, to be read
 */
import { useState } from "./vendor/hooks.module.js";
import { useDoing } from "./desk.js";
import { html, say, t } from "./shell.js";
import { call, Refused } from "./rules_api.js";
import { Button, Dialog, Hash, Person, Problems, RouteChip, When } from "./rules_parts.js";
import { address } from "./rules_place.js";
import { changesOf, merged } from "./rules_changes.js";
import { tidy, written } from "./rules_table.js";

export const Changes = ({ changes }) => html`<ul class="changes">${changes.length === 0 && html`<li class="quiet">${t("svNoChanges")}</li>`}${changes.map((one) => html`<li key=${`${one.kind} ${one.row}`} class="ch-${one.kind}">
  <b>${t(`svChange.${one.kind}`)}</b> <code>${one.kind === "PART" ? t(`edPart.${one.row}`) : one.row}</code> ${one.was && one.was !== one.route && html`<${RouteChip} route=${one.was} isQuiet /> → `}${one.route && html`<${RouteChip} route=${one.route} />`} <span class="quiet">${say(one.note)}</span></li>`)}</ul>`;

export function SaveDialog({ work, saved, family, basedOn, onSaved, onClose }) {
  const [note, setNote] = useState("");
  const [name, setName] = useState(work.ruleset.name);
  const [theirs, setTheirs] = useState(null);
  const { run, isBusy, error } = useDoing();
  const isNew = family === null || name !== family;
  const both = theirs && merged(saved.ruleset, work.ruleset, theirs.ruleset);
  const [isJoined, setJoined] = useState(true);
  const table = both && isJoined && !both.clashes.length ? both.ruleset : work.ruleset;
  const body = { ruleset: written({ ...table, name }), tests: work.tests, note: note.trim(), basedOn: isNew ? basedOn : (theirs?.version.hash ?? basedOn) };
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
      <div class="two"><section><h3>${t("svTheirs")}</h3><${Changes} changes=${changesOf(saved.ruleset, theirs.ruleset)} /></section><section><h3>${t("svMine")}</h3><${Changes} changes=${changesOf(saved.ruleset, work.ruleset)} /></section></div>
      ${both.clashes.length ? html`<p>${t("svClash", both.clashes.map((one) => (one.kind === "ORDER" ? t("svChange.ORDER") : one.kind === "PART" ? t(`edPart.${one.row}`) : one.row)).join(", "))} ${t("svOver")}</p>`
        : html`<label class="check"><input type="checkbox" checked=${isJoined} onChange=${() => setJoined(!isJoined)} />${t("svJoin")}</label>${!isJoined && html`<p>${t("svOver")}</p>`}`}`}
    ${!theirs && html`<${Changes} changes=${changesOf(saved.ruleset, work.ruleset)} />`}
    <label>${t("svName")}<input value=${name} spellcheck=${false} required onInput=${(event) => setName(event.target.value)} /></label>
    <p class="quiet">${isNew ? t("svNewFamily") : t("svSameFamily", family)}</p>
    <label>${t("svNote")}<textarea rows="2" required data-first value=${note} onInput=${(event) => setNote(event.target.value)}></textarea></label>
    <${Problems} error=${error} />
    <div class="row"><${Button} word=${t("labCancel")} onClick=${onClose} /><button class="b main" disabled=${isBusy || !note.trim() || !name.trim()}>${!theirs ? t("svSave") : table === work.ruleset ? t("svSaveOver") : t("svSaveBoth")}</button></div></form><//>`;
}

async function newestOf(family) {
  const { families } = await call("/v1/rulesets");
  const versions = families.find((one) => one.name === family)?.versions ?? [];
  return [...versions].sort((one, other) => (one.createdAt < other.createdAt ? 1 : -1))[0];
}
