/** Back-tests: start one, watch it, open its report.  #/backtests, #/backtests/JOB, #/backtests?of=HASH to start one of that version. */
import { useEffect, useState } from "./vendor/hooks.module.js";
import { useDoing } from "./desk.js";
import { code, html, t } from "./shell.js";
import { call, choose, FINAL, useAnswer, useJob } from "./rules_api.js";
import { Button, Dialog, Empty, Hash, Person, Problems, Progress, Segments, Wait, When } from "./rules_parts.js";
import { address, go } from "./rules_place.js";
import { asCount, asDay, Complaint, Head, Said, useVersions, VersionName, VersionSelect } from "./lab_parts.js";
import { Report } from "./lab_report.js";

export const useJobs = (kind) => {
  const { answer, ...rest } = useAnswer("/v1/jobs?limit=200");
  const jobs = answer?.jobs.filter((job) => job.kind === kind);
  const isGoing = (jobs ?? []).some((job) => !FINAL.has(job.state));
  useEffect(() => {
    if (!isGoing) return undefined;
    const again = setInterval(rest.reload, 2_000);
    return () => clearInterval(again);
  }, [isGoing]);
  return { ...rest, jobs };
};

export default function Backtests({ parts: [jobID], query }) {
  const versions = useVersions();
  const { jobs, error, reload } = useJobs("BACKTEST");
  const [isAsking, setAsking] = useState(query.has("of"));
  const started = (id) => (setAsking(false), reload(), go(address("backtests", id)));
  if (jobID) return html`<${OneJob} key=${jobID} jobID=${jobID} versions=${versions} />`;
  return html`<main class="lab page" id="main"><${Head} title=${t("labBacktests")} lead=${t("btLead")}><${Button} kind="main" mark="play" word=${t("btStart")} onClick=${() => setAsking(true)} /><//>
    <${Wait} error=${error ?? versions.error} isBusy=${!jobs} />
    ${jobs?.length === 0 && html`<${Empty} title=${t("btNone")} lead=${t("btNoneLead")} />`}
    ${jobs?.length > 0 && html`<div class="card"><${JobTable} jobs=${jobs} versions=${versions} onChanged=${reload} /></div>`}
    ${isAsking && versions.answer && html`<${Start} versions=${versions} of=${query.get("of")} onStarted=${started} onClose=${() => setAsking(false)} />`}</main>`;
}

export const sourceOf = ({ source, from, to }) =>
  [t(`btSource.${source}`), from && t("btSince", asDay(from)), to && t("btUntil", asDay(to))].filter(Boolean).join(" · ");

function JobTable({ jobs, versions, onChanged }) {
  const cancel = async (job) => {
    await call(`/v1/jobs/${job.jobID}`, { method: "DELETE" }).catch(() => {}); // It may have ended meanwhile.
    onChanged();
  };
  return html`<div class="sheet-frame"><table class="sheet"><thead><tr><th scope="col">${t("btWhen")}</th><th scope="col">${t("edVersion")}</th><th scope="col">${t("btAgainst")}</th><th scope="col">${t("btOver")}</th><th scope="col" class="num">${t("btShare")}</th><th scope="col">${t("stWho")}</th><th scope="col">${t("edState")}</th></tr></thead>
    <tbody>${jobs.map((job) => html`<tr key=${job.jobID}><th scope="row"><a href=${address("backtests", job.jobID)}><${When} at=${job.createdAt} /></a></th>
      <td><${VersionName} hash=${job.rulesetHash} versions=${versions} /></td><td><${Hash} hash=${job.parameters.against} /></td><td>${sourceOf(job.parameters)}</td>
      <td class="num">${job.parameters.share ? `${asCount(100 * job.parameters.share)} %` : "–"}</td><td><${Person} by=${job.by} /></td>
      <td>${FINAL.has(job.state) ? html`<span class="job-${job.state}">${code("labJob", job.state)}</span>` : html`<${Progress} job=${job} onCancel=${() => cancel(job)} />`}</td></tr>`)}</tbody></table></div>`;
}

function OneJob({ jobID, versions }) {
  const { job, error, cancel } = useJob(jobID);
  const report = useAnswer(job?.state === "DONE" ? `/v1/jobs/${jobID}/report` : null);
  const lead = job && html`<${VersionName} hash=${job.rulesetHash} versions=${versions} /> ${t("btAgainstWhat")} <${VersionName} hash=${job.parameters.against} versions=${versions} /> · ${sourceOf(job.parameters)}`;
  return html`<main class="lab page" id="main"><p class="crumb"><a href=${address("backtests")}>${t("labBacktests")}</a></p>
    <${Head} title=${t("btReport")} lead=${lead}>${job?.state === "DONE" && [["html", "btAsPage"], ["csv", "btAsCsv"], ["json", "btAsJson"]].map(([form, word]) => html`<a key=${form} class="b" download=${form === "html" ? undefined : `backtest-${jobID}.${form}`} target=${form === "html" ? "_blank" : undefined} rel="noopener" href=${`/v1/jobs/${jobID}/report.${form}`}><span>${t(word)}</span></a>`)}
      <${Button} mark="play" word=${t("btAnother")} onClick=${() => go(`${address("backtests")}?of=${job?.rulesetHash ?? ""}`)} /><//>
    ${job && job.state !== "DONE" && html`<div class="card"><${Progress} job=${job} onCancel=${cancel} /></div>`}
    <${Wait} error=${error ?? report.error} isBusy=${!job || report.isBusy} />
    ${report.answer && html`<${Report} report=${report.answer} job=${job} />`}</main>`;
}

const LIMIT_BYTES = 32 * 1024 * 1024;

function Start({ versions, of, onStarted, onClose }) {
  const files = useAnswer("/v1/declaration-files");
  const [hash, setHash] = useState(versions.ofHash(of)?.hash ?? versions.all[0]?.hash);
  const [against, setAgainst] = useState(versions.active);
  const [source, setSource] = useState("VISITS");
  const [uploadID, setUpload] = useState(null);
  const [given, setGiven] = useState({ from: "", to: "", share: "", floor: "20" });
  const { run, isBusy, error } = useDoing();
  const uploading = useDoing();
  const upload = () => uploading.run(async () => {
    const file = await choose(".csv,.gz,.csv.gz,text/csv,application/gzip");
    if (!file) return;
    if (file.size > LIMIT_BYTES) throw new Said(t("btTooLarge"));
    const kept = await call(`/v1/declaration-files?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file, patience: 180_000 });
    setUpload(kept.uploadID);
    files.reload();
  });
  const start = (event) => {
    event.preventDefault();
    const time = (day) => (day ? new Date(`${day}T00:00:00+08:00`).toISOString() : undefined);
    const share = given.share === "" ? {} : { share: Number(given.share) / 100, randomFloor: Number(given.floor || 0) / 100 };
    const body = { source, ...(source === "UPLOAD" ? { uploadID } : {}), from: time(given.from), to: time(given.to), ...(against ? { against } : {}), ...share };
    run(async () => onStarted((await call(`/v1/rulesets/${hash}/backtest`, { body })).jobID));
  };
  const field = (name, word, more) => html`<label>${word}<input value=${given[name]} onInput=${(event) => setGiven({ ...given, [name]: event.target.value })} ...${more} /></label>`;
  const kept = files.answer?.files ?? [];
  const file = kept.find((one) => one.uploadID === uploadID);
  return html`<${Dialog} title=${t("btStart")} onClose=${onClose}><form class="stack" onSubmit=${start}>
    <${VersionSelect} label=${t("edVersion")} value=${hash} versions=${versions.all} onChange=${setHash} />
    <${VersionSelect} label=${t("btAgainst")} value=${against} versions=${versions.all} onChange=${setAgainst} />
    <${Segments} label=${t("btOver")} value=${source} onChange=${setSource} options=${["VISITS", "UPLOAD"].map((one) => [one, t(`btSource.${one}`)])} />
    ${source === "UPLOAD" && html`<div class="row start"><select aria-label=${t("btFile")} value=${uploadID ?? ""} onChange=${(event) => setUpload(event.target.value || null)}><option value="">${t("btChooseFile")}</option>
        ${kept.map((one) => html`<option key=${one.uploadID} value=${one.uploadID}>${one.name || one.uploadID} · ${t("btRows", asCount(one.rows))}</option>`)}</select>
      <${Button} mark="into" word=${uploading.isBusy ? t("btUploading") : t("btUpload")} disabled=${uploading.isBusy} onClick=${upload} /></div>
      ${file && html`<p class="quiet">${t("btRows", asCount(file.rows))}${file.from && ` · ${asDay(file.from)} – ${asDay(file.to)}`}${file.problems.length > 0 && ` · ${t("btFileProblems", file.problems.length)}`}</p>`}
      <p class="quiet">${t("btFileLead")}</p><${Complaint} error=${uploading.error} />`}
    <div class="two">${field("from", t("btFrom"), { type: "date" })}${field("to", t("btTo"), { type: "date" })}</div>
    <div class="two">${field("share", t("btShareOf"), { type: "number", min: 0.1, max: 100, step: 0.1, placeholder: t("btAsWritten"), inputmode: "decimal" })}${field("floor", t("btFloor"), { type: "number", min: 0, max: 100, step: 1, disabled: given.share === "" })}</div>
    <p class="quiet">${t("btShareLead")}</p><${Problems} error=${error} />
    <div class="row"><${Button} word=${t("labCancel")} onClick=${onClose} /><button class="b main" disabled=${isBusy || !hash || (source === "UPLOAD" && !uploadID)}><span>${t("btRun")}</span></button></div></form><//>`;
}
