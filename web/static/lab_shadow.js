/** Candidates in shadow: since when, what they saw, where they would have sent it, what broke; start and stop.  #/shadow/HASH */
import { useEffect, useState } from "./vendor/hooks.module.js";
import { useDoing } from "./desk.js";
import { follow } from "./live.js";
import { html, t } from "./shell.js";
import { call, useAnswer } from "./rules_api.js";
import { percent } from "./rules_chart.js";
import { Button, Dialog, Empty, Problems, Wait, When } from "./rules_parts.js";
import { Mark } from "./rules_icons.js";
import { address, go } from "./rules_place.js";
import { asCount, Figures, Flips, Head, useVersions, VersionName, VersionSelect } from "./lab_parts.js";

const GATHER_MS = 1_500;

/** Counts up whenever something was decided, and now and then besides: live traffic is what a shadow sees. */
function useTurn() {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    let soon = 0;
    const later = () => {
      clearTimeout(soon);
      soon = setTimeout(() => setTurn((n) => n + 1), GATHER_MS);
    };
    const following = follow(["officers"], { onTelling: ({ kind }) => ["event", "stub", "snapshot"].includes(kind) && later(), onPhase: () => {} });
    const poll = setInterval(later, 10_000);
    return () => (clearTimeout(soon), clearInterval(poll), following.stop());
  }, []);
  return turn;
}

export default function Shadow({ parts: [hash] }) {
  const versions = useVersions();
  const turn = useTurn();
  const [asking, setAsking] = useState(null);
  const candidates = versions.all.filter((version) => version.isShadow || version.shadowRuns > 0).sort((one, other) => other.isShadow - one.isShadow);
  const chosen = candidates.find((version) => hash && version.hash.startsWith(hash)) ?? candidates[0];
  const done = (started) => (setAsking(null), versions.reload(), started && go(address("shadow", started)));
  return html`<main class="lab page" id="main"><${Head} title=${t("labShadow")} lead=${t("shLead")}><${Button} kind="main" mark="play" word=${t("shStart")} onClick=${() => setAsking({ on: true })} /><//>
    <${Wait} error=${versions.error} isBusy=${!versions.answer} />
    ${versions.answer && !candidates.length && html`<${Empty} title=${t("shNone")} lead=${t("shNoneLead")} />`}
    ${candidates.length > 0 && html`<ul class="candidates" aria-label=${t("shCandidates")}>${candidates.map((version) => html`<${Candidate} key=${version.hash} version=${version} versions=${versions} turn=${turn} isChosen=${version === chosen} />`)}</ul>`}
    ${chosen && html`<${Seen} key=${chosen.hash} version=${chosen} versions=${versions} turn=${turn} onSwitch=${() => setAsking({ on: !chosen.isShadow, hash: chosen.hash })} />`}
    ${asking && html`<${Switch} ...${asking} versions=${versions} onDone=${done} onClose=${() => setAsking(null)} />`}</main>`;
}

function useShadow(hash, turn) {
  const seen = useAnswer(`/v1/rulesets/${hash}/shadow`);
  useEffect(() => {
    if (turn) seen.reload();
  }, [turn]);
  return seen;
}

function Candidate({ version, versions, turn, isChosen }) {
  const { answer } = useShadow(version.hash, turn);
  return html`<li><a class="card candidate" href=${address("shadow", version.hash)} aria-current=${isChosen ? "true" : undefined}><${NameOf} version=${version} />
    <span class="quiet">${answer ? t("shBrief", asCount(answer.cases), answer.cases ? percent(answer.agreed / answer.cases) : "–") : "…"}</span>${answer?.errors > 0 && html`<span class="stop"><${Mark} name="error" />${t("shErrorsBrief", asCount(answer.errors))}</span>`}</a></li>`;
}

/** A version inside a link cannot be a link itself. */
const NameOf = ({ version }) => html`<span><b>${version.name}</b> <code class="hash">${version.hash.slice(0, 8)}</code> ${version.isShadow ? html`<span class="chip-state s-SHADOW">${t("shRunning")}</span>` : html`<span class="chip-state">${t("shStopped")}</span>`}</span>`;

function Seen({ version, versions, turn, onSwitch }) {
  const { answer, error, isBusy } = useShadow(version.hash, turn);
  if (!answer) return html`<${Wait} error=${error} isBusy=${isBusy} />`;
  const { cases, agreed, errors } = answer;
  return html`<section class="card"><header class="page-head"><p><${VersionName} hash=${version.hash} versions=${versions} /> <span class="quiet">${version.note}</span></p><${Button} mark=${version.isShadow ? "power" : "play"} word=${t(version.isShadow ? "stStop" : "shAgain")} onClick=${onSwitch} /></header>
      <${Figures} of=${[
        [t("shSince"), answer.since ? html`<${When} at=${answer.since} />` : t("shNotNow")],
        [t("shCases"), asCount(cases)],
        [t("shAgreed"), cases ? percent(agreed / cases) : "–", asCount(agreed)],
        [t("shElsewhere"), asCount(cases - agreed - errors)],
        [t("shErrors"), html`<span class=${errors ? "stop" : ""}>${asCount(errors)}</span>`, errors ? t("shErrorsLead") : ""],
      ]} />
      ${answer.lastError && html`<div class="last-error"><h3>${t("shLastError")}</h3><pre class="raw" tabindex="0">${typeof answer.lastError === "string" ? answer.lastError : JSON.stringify(answer.lastError, null, 2)}</pre></div>`}</section>
    <section class="card flips-card"><h2>${t("shFlips")}</h2>${cases ? html`<${Flips} hash=${version.hash} source="SHADOW" fromWord=${t("shLive")} toWord=${t("shThis")} turn=${turn} />` : html`<p class="quiet">${t("shNothingSeen")}</p>`}</section>`;
}

function Switch({ on, hash, versions, onDone, onClose }) {
  const able = versions.all.filter((version) => !version.isShadow && version.state !== "RETIRED" && version.state !== "ACTIVE");
  const [picked, setPicked] = useState(hash);
  // Not as the first state: whoever is quick asks before the versions are there.
  const chosen = picked ?? able[0]?.hash;
  const [why, setWhy] = useState("");
  const { run, isBusy, error } = useDoing();
  const submit = (event) => {
    event.preventDefault();
    run(async () => (await call(`/v1/rulesets/${chosen}/shadow`, { body: { on, why: why.trim() } }), onDone(on ? chosen : null)));
  };
  return html`<${Dialog} title=${on ? t("shStart") : t("stStop")} onClose=${onClose}><form class="stack" onSubmit=${submit}><p>${on ? t("stLead.SHADOW") : t("stLead.SHADOW_STOP")}</p>
    ${hash ? html`<p><${VersionName} hash=${hash} versions=${versions} /></p>` : html`<${VersionSelect} label=${t("edVersion")} value=${chosen} versions=${able} onChange=${setPicked} />`}
    <label>${t("stWhy")}<textarea rows="3" required minlength="4" data-first value=${why} onInput=${(event) => setWhy(event.target.value)}></textarea></label><${Problems} error=${error} />
    <div class="row"><${Button} word=${t("labCancel")} onClick=${onClose} /><button class="b main" disabled=${isBusy || !chosen || why.trim().length < 4}><span>${on ? t("shStart") : t("stStop")}</span></button></div></form><//>`;
}
