/**
 * The way of a version: draft, lint, tests, back-test, shadow, approve, activate, rollback; who did what, and what may be
 * done now.
 *
 *   Steps({version, steps, session, isDirty, onChanged})   `steps` are the version's events, newest last
 */
import { useEffect, useState } from "./vendor/hooks.module.js";
import { useDoing } from "./desk.js";
import { code, html, moment, say, t } from "./shell.js";
import { call, FINAL, useJob } from "./rules_api.js";
import { Button, Day, Dialog, Person, personOf, Problems, Progress, When } from "./rules_parts.js";
import { Mark } from "./rules_icons.js";
import { address } from "./rules_place.js";

const MADE_BY = {
  DRAFT: ["PROPOSED"], LINT: ["LINTED"], TESTS: ["TESTED"], BACKTEST: ["BACKTESTED"], SHADOW: ["SHADOW_STARTED", "SHADOW_STOPPED"],
  APPROVE: ["APPROVED"], ACTIVATE: ["SCHEDULED", "ACTIVATED"], ROLLBACK: ["ROLLED_BACK", "RETIRED"],
};

/** DONE, DOING, BAD or TODO, and a line that says how it stands. */
function standing(name, version) {
  const { lint, tests, state } = version;
  const isApproved = ["APPROVED", "SCHEDULED", "ACTIVE"].includes(state) || Boolean(version.approvedAt);
  return {
    DRAFT: () => ["DONE", t("stNoted", version.note || "–")],
    LINT: () => (lint ? [lint.errors ? "BAD" : "DONE", t("stLint", lint.errors, lint.warnings)] : ["TODO", t("stNotYet")]),
    TESTS: () => (tests ? [tests.failed ? "BAD" : "DONE", t("stTests", tests.passed, tests.passed + tests.failed)] : ["TODO", t("stNotYet")]),
    BACKTEST: () => (version.backtests ? ["DONE", t("stReports", version.backtests)] : ["TODO", t("stNotYet")]),
    SHADOW: () => (version.isShadow ? ["DOING", t("stShadowOn")] : version.shadowRuns ? ["DONE", t("stRuns", version.shadowRuns)] : ["TODO", t("stShadowOff")]),
    APPROVE: () => (isApproved ? ["DONE", version.waived?.length ? t("stWaived", version.waived.map((one) => t(`stName.${one}`)).join(", ")) : t("stApproved")] : ["TODO", t("stSecond")]),
    ACTIVATE: () => (state === "ACTIVE" ? ["DONE", version.activeFrom ? t("stSince", moment(version.activeFrom)) : t("stInForce")] : state === "SCHEDULED" ? ["DOING", t("stFrom", moment(version.activeFrom))] : ["TODO", t("stNotInForce")]),
    ROLLBACK: () => ["TODO", t({ ACTIVE: "stRollbackReady", RETIRED: "stRetired", SCHEDULED: "stCallOff" }[state] ?? "stUnused")],
  }[name]();
}

/** Why a button may not be pressed; "" when it may. */
function refusal(name, { version, steps, session, isDirty }) {
  if (isDirty) return t("stSaveFirst");
  const { state, author, approvedAt } = version;
  // What was in force and is no more may come back; what was taken out of use may not.
  const isOut = state === "RETIRED" && (steps ?? []).some((one) => one.step === "RETIRED");
  const isOwn = personOf(author) !== null && personOf(author) === session.person;
  return {
    APPROVE: () => (isOut ? t("stRetired") : approvedAt || state === "ACTIVE" ? t("stAlready") : isOwn ? t("stAuthor") : ""),
    ACTIVATE: () => (isOut ? t("stRetired") : ["ACTIVE", "SCHEDULED"].includes(state) ? t("stAlready") : approvedAt ? "" : t("stApproveFirst")),
    ROLLBACK: () => (isOut ? t("stRetired") : ""),
  }[name]?.() ?? "";
}

const ACTIONS = new Set(["LINT", "TESTS", "BACKTEST", "SHADOW", "APPROVE", "ACTIVATE", "ROLLBACK"]);

export function Steps({ version, steps, session, isDirty, onChanged }) {
  const [asking, setAsking] = useState(null);
  const [jobID, setJobID] = useState(null);
  const { job, cancel } = useJob(jobID);
  const { run, isBusy, error } = useDoing();
  // What the job came to is a step of the version.
  useEffect(() => void (job && FINAL.has(job.state) && onChanged()), [job?.state]);
  const path = `/v1/rulesets/${version.hash}`;
  const send = (what, body) => run(async () => (await call(`${path}/${what}`, { body: body ?? {} }), await onChanged()));
  const act = (name) => {
    if (name === "LINT") send("lint");
    else if (name === "TESTS") send("test");
    else setAsking(meant(name));
  };
  const done = (told) => {
    setAsking(null);
    if (told?.jobID) setJobID(told.jobID);
    onChanged();
  };
  // What was never in force is taken out of use instead.
  const meant = (name) => (name === "ROLLBACK" && version.state !== "ACTIVE" ? "RETIRE" : name);
  const word = (name) => (name === "SHADOW" && version.isShadow ? t("stStop") : t(`stDo.${meant(name)}`));
  return html`<section class="life" aria-label=${t("stWay")}><ol>${Object.keys(MADE_BY).map((name) => {
    const [state, line] = standing(name, version);
    const last = (steps ?? []).filter((one) => MADE_BY[name].includes(one.step)).at(-1);
    const why = refusal(name, { version, steps, session, isDirty });
    return html`<li key=${name} class="st-${state}">
      <span class="what"><i><${Mark} name=${{ DONE: "check", BAD: "cross", DOING: "play", TODO: "more" }[state]} /></i>
        ${ACTIONS.has(name) ? html`<button type="button" class="b" disabled=${Boolean(why) || isBusy} aria-describedby="how-${name}" onClick=${() => act(name)}>${why ? t(`stName.${name}`) : word(name)}</button>` : html`<b>${t(`stName.${name}`)}</b>`}</span>
      <span class="how ${why ? "is-why" : ""}" id="how-${name}" title=${[line, why].filter(Boolean).join(" · ")}>${why && state === "TODO" ? why : line}</span>
      <span class="who">${last ? html`<${Person} by=${last.by} /> <${Day} at=${last.at} />` : name === "DRAFT" && version.author ? html`<${Person} by=${version.author} /> <${Day} at=${version.createdAt} />` : ""}</span></li>`;
  })}</ol>
  ${error && html`<${Problems} error=${error} />`}
  ${job && html`<div class="job-line"><${Progress} job=${job} onCancel=${cancel} />${job.state === "DONE" && html`<a class="b" href=${address("backtests", job.jobID)}>${t("stOpenReport")}</a>`}</div>`}
  ${asking && html`<${Ask} name=${asking} version=${version} path=${path} onClose=${() => setAsking(null)} onDone=${done} />`}</section>`;
}

/** What a step needs said: why, from when, against what. */
function Ask({ name, version, path, onClose, onDone }) {
  const [why, setWhy] = useState("");
  const [from, setFrom] = useState("");
  const [without, setWithout] = useState([]);
  const { run, isBusy, error } = useDoing();
  const isStop = name === "SHADOW" && version.isShadow;
  const missing = [!version.backtests && "BACKTEST", !version.shadowRuns && "SHADOW"].filter(Boolean);
  const body = {
    BACKTEST: { source: "VISITS" },
    SHADOW: { on: !version.isShadow, why },
    APPROVE: { why, without },
    ACTIVATE: { from: from ? new Date(from).toISOString() : null, why },
    ROLLBACK: { why },
    RETIRE: { why },
  }[name];
  const submit = (event) => {
    event.preventDefault();
    run(async () => onDone(await call(`${path}/${name.toLowerCase()}`, { body })));
  };
  const toggle = (one) => setWithout(without.includes(one) ? without.filter((other) => other !== one) : [...without, one]);
  const isReady = name === "BACKTEST" || why.trim().length >= 4;
  return html`<${Dialog} title=${isStop ? t("stStop") : t(`stDo.${name}`)} onClose=${onClose}><form class="stack" onSubmit=${submit}>
    <p>${t(`stLead.${isStop ? "SHADOW_STOP" : name}`)}</p>
    ${name === "ACTIVATE" && html`<label>${t("stFromWhen")}<input type="datetime-local" value=${from} onInput=${(event) => setFrom(event.target.value)} /></label><p class="quiet">${t("stFromLead")}</p>`}
    ${name === "APPROVE" && missing.length > 0 && html`<fieldset class="ticks"><legend>${t("stWithout")}</legend>${missing.map((one) => html`<label key=${one} class=${without.includes(one) ? "on" : ""}>
      <input type="checkbox" checked=${without.includes(one)} onChange=${() => toggle(one)} />${t(`stWithout.${one}`)}</label>`)}</fieldset>`}
    ${name !== "BACKTEST" && html`<label>${t("stWhy")}<textarea rows="3" required minlength="4" value=${why} onInput=${(event) => setWhy(event.target.value)}></textarea></label>`}
    <${Problems} error=${error} />
    <div class="row"><${Button} word=${t("labCancel")} onClick=${onClose} /><button class="b main" disabled=${isBusy || !isReady}>${isStop ? t("stStop") : t(`stDo.${name}`)}</button></div></form><//>`;
}

/** Every step of the version as it was taken. */
export const History = ({ steps, onClose }) => html`<${Dialog} title=${t("stHistory")} onClose=${onClose} size="wide"><table class="sheet"><thead><tr><th scope="col">${t("stWhen")}</th><th scope="col">${t("stStep")}</th><th scope="col">${t("stWho")}</th><th scope="col">${t("stReason")}</th></tr></thead>
  <tbody>${[...steps].reverse().map((one, n) => html`<tr key=${n}><td><${When} at=${one.at} /></td><td><b>${code("labStep", one.step)}</b>${one.effectiveAt && html` <span class="quiet">${t("stFrom", moment(one.effectiveAt))}</span>`}</td><td><${Person} by=${one.by} /></td><td>${say(one.why)}</td></tr>`)}</tbody></table><//>`;
