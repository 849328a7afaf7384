/**
 * Moves and hours: a vessel's day played the traditional way and by versions of the rules; beside it what each finds.
 *
 * #/moves lists the runs, #/moves/JOB shows one.
 */
import { useState } from "./vendor/hooks.module.js";
import { code, html, t } from "./shell.js";
import { call, FINAL, useAnswer, useJob } from "./rules_api.js";
import { Button, Empty, Person, Progress, Wait, When } from "./rules_parts.js";
import { address, go } from "./rules_place.js";
import { Head, useVersions, VersionName } from "./lab_parts.js";
import { useJobs } from "./lab_backtests.js";
import { Played } from "./lab_played.js";
import { Start } from "./lab_parameters.js";

export default function Moves({ parts: [jobID] }) {
  const versions = useVersions();
  const { jobs, error, reload } = useJobs("SIMULATION");
  const [isAsking, setAsking] = useState(false);
  const start = html`<${Button} kind="main" mark="play" word=${t("mvStart")} onClick=${() => setAsking(true)} />`;
  const dialog = isAsking && versions.answer && html`<${Start} versions=${versions} onClose=${() => setAsking(false)} onStarted=${(id) => (setAsking(false), reload(), go(address("moves", id)))} />`;
  if (jobID) return html`<${OneRun} key=${jobID} jobID=${jobID} versions=${versions} start=${start} dialog=${dialog} />`;
  return html`<main class="lab page" id="main"><${Head} title=${t("labMoves")} lead=${t("mvLead")}>${start}<//><${Wait} error=${error ?? versions.error} isBusy=${!jobs} />
    ${jobs?.length === 0 && html`<${Empty} title=${t("mvNone")} lead=${t("mvNoneLead")} />`}
    ${jobs?.length > 0 && html`<div class="card"><div class="sheet-frame"><table class="sheet"><thead><tr><th scope="col">${t("btWhen")}</th><th scope="col">${t("mvVersions")}</th><th scope="col">${t("mvChanged")}</th><th scope="col">${t("stWho")}</th><th scope="col">${t("edState")}</th></tr></thead>
      <tbody>${jobs.map((job) => html`<tr key=${job.jobID}><th scope="row"><a href=${address("moves", job.jobID)}><${When} at=${job.createdAt} /></a></th><td class="names">${job.parameters.rulesets.map((hash) => html`<${VersionName} key=${hash} hash=${hash} versions=${versions} />`)}</td>
        <td>${Object.entries(job.parameters.parameters ?? {}).map(([name, value]) => html`<code key=${name}>${name} ${value}</code> `)}</td><td><${Person} by=${job.by} /></td>
        <td>${FINAL.has(job.state) ? html`<span class="job-${job.state}">${code("labJob", job.state)}</span>` : html`<${Progress} job=${job} onCancel=${() => call(`/v1/jobs/${job.jobID}`, { method: "DELETE" }).then(reload, reload)} />`}</td></tr>`)}</tbody></table></div></div>`}${dialog}</main>`;
}

function OneRun({ jobID, versions, start, dialog }) {
  const { job, error, cancel } = useJob(jobID);
  const report = useAnswer(job?.state === "DONE" ? `/v1/jobs/${jobID}/report` : null);
  return html`<main class="lab page" id="main"><p class="crumb"><a href=${address("moves")}>${t("labMoves")}</a></p>
    <${Head} title=${t("mvRun")} lead=${report.answer && t("mvDays", report.answer.seeds.length, t(report.answer.isRecorded ? "mvRecorded" : "mvSynthetic"))}>
      ${job?.state === "DONE" && ["csv", "json"].map((form) => html`<a key=${form} class="b" download=${`moves-${jobID}.${form}`} href=${`/v1/jobs/${jobID}/report.${form}`}><span>${form.toUpperCase()}</span></a>`)}${start}<//>
    ${job && job.state !== "DONE" && html`<div class="card"><${Progress} job=${job} onCancel=${cancel} /></div>`}<${Wait} error=${error ?? report.error} isBusy=${!job || report.isBusy} />
    ${report.answer && versions.answer && html`<${Played} report=${report.answer} versions=${versions} />`}${dialog}</main>`;
}
