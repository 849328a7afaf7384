/** One diversion decision: what was decided, on which facts, by which row, why no other row, and the override. */
import { useEffect, useState } from "./vendor/hooks.module.js";
import { Failure, RouteWord, Stamp, useDoing } from "./desk.js";
import { ask } from "./live.js";
import { code, html, Icon, say, spaced, t } from "./shell.js";

const ROUTES = ["HOLD", "INSPECTION", "SCAN", "YARD", "DIRECT_RELEASE"];

export function Decision({ id, onOverridden }) {
  const [decision, setDecision] = useState(null);
  const [error, setError] = useState(null);
  useEffect(() => {
    setDecision(null);
    setError(null);
    ask(`/v1/decisions/${encodeURIComponent(id)}`).then(setDecision, setError);
  }, [id]);
  if (error) return html`<${Failure} error=${error} />`;
  if (!decision) return html`<p class="quiet">${t("loading")}</p>`;
  const { override } = decision;
  return html`<section class="card">
      <p class="sub">${spaced(decision.equipmentReference)} · <a href=${`/#/c/${decision.equipmentReference}`}>${t("openStatus")}</a></p>
      <h2 class="verdict"><${RouteWord} route=${decision.route} point=${decision.point} /> ${decision.place}</h2>
      <p>${t("decisionWhy")}: <b>${code("reason", decision.reason)}</b>${" "}
        ${decision.isPrecautionary && html`<span class="tag">${t("precaution")}</span>`}
        ${decision.isAwaitingSite && html`<span class="tag warn">${t("awaitingSite")}</span>`}
        ${!decision.isCurrent && html`<span class="tag warn">${t("superseded")}</span>`}</p>
      ${decision.alerts.map((alert) => html`<p class="differ" key=${alert}><${Icon} name="look" /> ${code("alert", alert)}</p>`)}
      ${override && html`<blockquote><p>${say(override.reason)}</p><p class="sub">${t("overriddenBy", say(override.by))}</p></blockquote>`}
      <p class="sub">${t("decidedAt")} <${Stamp} at=${decision.decidedAt} />
        ${` · ${decision.point ? code("point", decision.point) : t("inAdvance")} · ${t("ruleset")} `}
        <code>${(decision.rulesetHash ?? "").slice(0, 12)}</code></p>
    </section>
    <${Rows} rows=${decision.rows} />
    <${Facts} decision=${decision} />
    ${decision.isCurrent && html`<${Override} key=${id} decision=${decision} onOverridden=${onOverridden} />`}`;
}

/** The row that matched first, then every other with what it wanted and did not get. */
function Rows({ rows }) {
  if (!rows?.length) return null;
  const ordered = [...rows].sort((one, other) => Number(other.matched) - Number(one.matched));
  return html`<section class="card"><h2>${t("theRows")}</h2>
    <ul class="rules">${ordered.map((row) => html`<li class=${row.matched ? "matched" : ""} key=${`${row.declaration} ${row.line} ${row.row}`}>
      <span class="dot ${row.matched ? "go" : "none"}"><${Icon} name=${row.matched ? "go" : "none"} /></span>
      <div><p><b>${say(row.sentence)}</b> <span class="sub">${titleOf(row)}</span></p>
        ${(row.whyNot ?? []).map((why) => html`<p class="sub">${say(why)}</p>`)}</div>
    </li>`)}</ul></section>`;
}

const titleOf = ({ matched, declaration, line }) =>
  [t(matched ? "rowMatched" : "rowNot"), declaration, line].filter((part) => part !== undefined && part !== null).join(" · ");

function Facts({ decision: { declarations, facts, draws, sitesSeen } }) {
  const groups = [["declarations", declarations], ["theFacts", facts], ["theDraws", draws], ["theSites", sitesSeen]];
  return html`<section class="card">
    ${groups.map(([word, group]) => {
      const pairs = leaves(group ?? {});
      return pairs.length > 0 && html`<h2>${t(word)}</h2>
        <dl class="pairs">${pairs.map(([name, value]) => html`<div key=${name}>
          <dt>${name}</dt><dd>${value === null ? t("noFactYet") : String(value)}</dd></div>`)}</dl>`;
    })}
  </section>`;
}

/** What a nested record holds, as [path, value]; a missing fact is a fact worth seeing. */
function leaves(value, path = "") {
  if (value === null || typeof value !== "object") return [[path, value]];
  return Object.entries(value).flatMap(([name, inner]) => leaves(inner, path ? `${path} ${name}` : name));
}

function Override({ decision, onOverridden }) {
  const [route, setRoute] = useState("");
  const [reason, setReason] = useState("");
  const { run, isBusy, error } = useDoing();
  const submit = (event) => {
    event.preventDefault();
    run(async () => {
      const path = `/v1/decisions/${encodeURIComponent(decision.decisionID)}/override`;
      onOverridden(await ask(path, { method: "POST", body: { route, reason: reason.trim() } }));
    });
  };
  return html`<form class="card" onSubmit=${submit}>
    <h2>${t("override")}</h2>
    <fieldset class="routes"><legend>${t("overrideRoute")}</legend>
      ${ROUTES.filter((other) => other !== decision.route).map((other) => html`<label key=${other}>
        <input type="radio" name="route" value=${other} checked=${route === other} onChange=${() => setRoute(other)} required />
        <${RouteWord} route=${other} point=${decision.point} /></label>`)}
    </fieldset>
    <label for="override-reason">${t("overrideReason")}</label>
    <textarea id="override-reason" rows="3" minlength="4" required value=${reason}
      onInput=${(event) => setReason(event.target.value)}></textarea>
    <${Failure} error=${error} />
    <button class="primary" disabled=${isBusy || !route || reason.trim().length < 4}>
      ${route ? t("overrideTo", code("route", route)) : t("override")}</button>
  </form>`;
}
