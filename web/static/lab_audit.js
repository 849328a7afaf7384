/** Every step of every version: who, what, when, why; what was waived stands out.  #/audit/HASH shows one version's. */
import { useState } from "./vendor/hooks.module.js";
import { code, html, moment, say, t } from "./shell.js";
import { save, useAnswer } from "./rules_api.js";
import { Button, Empty, Hash, Person, personOf, short, Wait, When } from "./rules_parts.js";
import { Mark } from "./rules_icons.js";
import { address } from "./rules_place.js";
import { Head } from "./lab_parts.js";
import { csvOf, fits, waivedOf } from "./lab_steps.js";

export default function Audit({ parts: [hash] }) {
  const { answer, error, isBusy } = useAnswer("/v1/rulesets/audit");
  const [wanted, setWanted] = useState({ hash: "", person: "", step: "" });
  const asked = { ...wanted, hash: hash ?? wanted.hash };
  const all = [...(answer?.steps ?? [])].reverse();
  const shown = all.filter((step) => fits(step, asked));
  const pick = (name, word, options) => html`<label class="filter"><span>${word}</span><select value=${asked[name]} disabled=${name === "hash" && Boolean(hash)} onChange=${(event) => setWanted({ ...wanted, [name]: event.target.value })}>
    <option value="">${t("auAll")}</option>${options.map(([value, told]) => html`<option key=${value} value=${value}>${told}</option>`)}</select></label>`;
  const apart = (of) => [...new Map(all.map(of).filter(([value]) => value)).entries()];
  return html`<main class="lab page" id="main"><${Head} title=${t("labAudit")} lead=${t("auLead")}>
      <${Button} mark="out" word=${t("auExport")} disabled=${!shown.length} onClick=${() => save("rules-audit.csv", csvOf(shown), "text/csv;charset=utf-8")} /><//>
    ${hash && html`<p class="note-line"><${Mark} name="info" />${t("auOnly")} <${Hash} hash=${hash} /> <a href=${address("audit")}>${t("auAllVersions")}</a></p>`}
    <div class="filters">${pick("hash", t("edVersion"), apart((step) => [step.hash, `${step.name} · ${short(step.hash)}`]))}${pick("person", t("stWho"), apart((step) => [personOf(step.by), [step.by?.name, personOf(step.by)?.slice(0, 4)].filter(Boolean).join(" · ")]))}${pick("step", t("stStep"), apart((step) => [step.step, code("labStep", step.step)]))}
      <span class="quiet" role="status">${answer && t("auCount", shown.length, all.length)}</span></div>
    <${Wait} error=${error} isBusy=${isBusy && !answer} />
    ${answer && !shown.length && html`<${Empty} title=${t("nothingHere")} />`}
    ${shown.length > 0 && html`<div class="card"><div class="sheet-frame"><table class="sheet audit"><thead><tr><th scope="col">${t("stWhen")}</th><th scope="col">${t("stStep")}</th><th scope="col">${t("edVersion")}</th><th scope="col">${t("stWho")}</th><th scope="col">${t("auWhy")}</th><th scope="col">${t("auDetail")}</th></tr></thead>
      <tbody>${shown.map((step) => html`<${Line} key=${step.position} step=${step} />`)}</tbody></table></div></div>`}</main>`;
}

function Line({ step }) {
  const waived = waivedOf(step);
  return html`<tr class=${waived.length ? "is-waived" : ""}><td><${When} at=${step.at} /></td><th scope="row">${code("labStep", step.step)}${step.effectiveAt && html` <span class="quiet">${t("stFrom", moment(step.effectiveAt))}</span>`}</th>
    <td><a href=${address("audit", step.hash)} title=${t("auOnly")}>${step.name}</a> <${Hash} hash=${step.hash} link=${address("edit", step.hash)} /></td><td><${Person} by=${step.by} /></td><td class="why-cell">${say(step.why)}</td>
    <td>${waived.length > 0 && html`<span class="waived"><${Mark} name="warn" />${t("stWaived", waived.map((one) => t(`stName.${one}`)).join(", "))}</span> `}<${Detail} step=${step} /></td></tr>`;
}

function Detail({ step: { step, hash, detail = {} } }) {
  if (detail.jobID) return html`<a href=${address("backtests", detail.jobID)}>${t("stOpenReport")}</a>`;
  if (step === "LINTED") return html`<span class=${detail.errors ? "stop" : ""}>${t("stLint", detail.errors, detail.warnings)}</span>`;
  if (step === "TESTED") return html`<span class=${detail.failed ? "stop" : ""}>${t("stTests", detail.passed, detail.passed + detail.failed)}</span>`;
  if (detail.basedOn) return html`${t("auBasedOn")} <${Hash} hash=${detail.basedOn} link=${address("edit", detail.basedOn)} /> · <a href=${address("compare", detail.basedOn, hash)}>${t("labCompare")}</a>`;
  return null;
}
